import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';

/** A small single-page app on an origin of its own: it signs in with code + PKCE and redeems the code itself. */
export interface ForeignApp {
  readonly origin: string;
  readonly redirectUri: string;
  close(): Promise<void>;
}

const page = (
  issuer: string,
  clientId: string,
) => `<!doctype html><title>App</title><pre id="out"></pre><script type="module">
const issuer = ${JSON.stringify(issuer)}, clientId = ${JSON.stringify(clientId)}, redirectUri = location.origin + '/callback';
const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=/g, '');
const show = (value) => { out.textContent = JSON.stringify(value); };
const params = new URLSearchParams(location.search);
const form = (path, fields) => fetch(issuer + path, { method: 'POST', credentials: 'include', headers: { 'x-medplum': 'extended' }, body: new URLSearchParams(fields) }).then((r) => r.json());
if (params.has('code')) {
  const tokens = await form('oauth2/token', { grant_type: 'authorization_code', code: params.get('code'), client_id: clientId, redirect_uri: redirectUri, code_verifier: sessionStorage.verifier });
  const userinfo = await fetch(issuer + 'oauth2/userinfo', { credentials: 'include', headers: { authorization: 'Bearer ' + tokens.access_token } }).then((r) => r.json());
  const refreshed = await form('oauth2/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: clientId });
  show({ tokens, userinfo, refreshed, state: params.get('state'), iss: params.get('iss') });
} else if (params.has('error')) {
  show(Object.fromEntries(params));
} else {
  sessionStorage.verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(sessionStorage.verifier)));
  location = issuer + 'oauth2/authorize?' + new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope: 'openid profile email offline_access', state: 'from-the-app', code_challenge: challenge, code_challenge_method: 'S256' });
}
</script>`;

const sdkPage = (baseUrl: string, clientId: string) => `<!doctype html><title>App with the SDK</title>
<pre id="out"></pre><script type="module">
import { MedplumClient } from '/sdk.mjs';
const show = (value) => { out.textContent = JSON.stringify(value); };
try {
  const medplum = new MedplumClient({ baseUrl: ${JSON.stringify(baseUrl)}, clientId: ${JSON.stringify(clientId)} });
  const profile = await medplum.signInWithRedirect({
    redirectUri: location.origin + '/callback',
    scope: 'openid profile offline_access',
  });
  if (profile) {
    const first = medplum.getAccessToken();
    await Promise.all([medplum.refreshIfExpired(86_400_000), medplum.refreshIfExpired(86_400_000)]);
    const second = medplum.getAccessToken();
    const me = await medplum.get('auth/me', { cache: 'reload' });
    await medplum.signOut();
    show({ profile, first, second, me, left: medplum.getAccessToken() ?? null });
  }
} catch (error) {
  show({ failed: String(error?.stack ?? error) });
}
</script>`;

/** Serves an app that uses code of its own; `settings` is asked at each request, because its client is registered later. */
export function serveForeignApp(settings: () => { issuer: string; clientId: string }): Promise<ForeignApp> {
  return serve(() => page(settings().issuer, settings().clientId));
}

/** Serves an app that signs in with the platform's SDK, the file that its package ships. */
export function serveSdkApp(settings: () => { issuer: string; clientId: string }): Promise<ForeignApp> {
  return serve(() => sdkPage(settings().issuer, settings().clientId));
}

const sdkFile = new URL('../../node_modules/@medplum/core/dist/esm/index.mjs', import.meta.url);

function serve(html: () => string): Promise<ForeignApp> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((request, response) => {
      const [type, body] =
        request.url === '/sdk.mjs'
          ? ['text/javascript', readFileSync(sdkFile)]
          : ['text/html; charset=utf-8', html()];
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
      resolve({
        origin,
        redirectUri: `${origin}/callback`,
        close: () => new Promise((done) => server.close(() => done())),
      });
    });
  });
}
