import type { Client } from '../../clients/clients.service.js';
import type { UserId } from '../../kernel/ids.js';
import type { ClaimNames } from '../../logins/login.entity.js';
import type { Project } from '../../projects/project.entity.js';
import type { OAuthErrorCode } from '../oauth.errors.js';
import type { Parameters } from '../parameters.js';

/** What the steps of one authorization request find out, in order. Later steps may rely on earlier ones. */
export interface AuthorizeContext {
  readonly parameters: Parameters;
  client?: Client;
  project?: Project | undefined;
  /** Registered, byte for byte: from here on errors may be redirected. */
  redirectUri?: string;
  scope?: readonly string[];
  codeChallenge?: string | undefined;
  prompt?: ReadonlySet<string>;
  /** Seconds. */
  maxAge?: number | undefined;
  hintedUser?: UserId | undefined;
  claims?: ClaimNames | undefined;
  /** Whether the app wants two factors: of those who have them, or of everybody. */
  twoFactors?: 'wished' | 'required' | undefined;
}

/** A refusal of an authorization request: to the app's redirect address, or on a page when that is not known to be good. */
export type StepRefusal =
  | { readonly kind: 'page'; readonly title: string; readonly explanation: string }
  | { readonly kind: 'redirect'; readonly error: OAuthErrorCode; readonly description: string };

/** One check of an authorization request, named by what it checks. */
export interface AuthorizeStep {
  readonly name: string;
  /** Answers a refusal, or nothing when the request may go on. */
  check(context: AuthorizeContext): StepRefusal | undefined | Promise<StepRefusal | undefined>;
}

/** A refusal that the app gets to know. */
export function redirectRefusal(error: OAuthErrorCode, description: string): StepRefusal {
  return { kind: 'redirect', error, description };
}

/** A refusal that only the person gets to see. */
export function pageRefusal(title: string, explanation: string): StepRefusal {
  return { kind: 'page', title, explanation };
}
