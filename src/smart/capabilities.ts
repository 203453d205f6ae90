import { launchPatient } from './launch-context.js';

/** Scopes that discovery names besides those of OpenID Connect: examples of a grammar, each of which works. */
export const smartScopesSupported = [
  launchPatient,
  'patient/*.cruds',
  'patient/*.read',
  'user/*.cruds',
  'user/*.read',
  'system/*.cruds',
  'system/*.read',
] as const;

/** What works of SMART App Launch 2.2 ("Capabilities"), and nothing else: no launch from a health record yet. */
export const smartCapabilities = [
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-standalone-patient',
  'context-style',
  'permission-offline',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
] as const;

/** How pages of this server look, for apps that want to fit (SMART App Launch 2.2, "Styling"). */
export const smartStyles = {
  color_background: '#F7F9F8',
  color_error: '#A4262C',
  color_highlight: '#0B6E69',
  color_modal_backdrop: '#12262B',
  color_success: '#1E6B3A',
  color_text: '#12262B',
  dim_border_radius: '6px',
  dim_font_size: '16px',
  dim_spacing_size: '16px',
  font_family_body: 'system-ui, sans-serif',
  font_family_heading: 'system-ui, sans-serif',
} as const;
