// A small app: authorization code flow with PKCE (RFC 7636) in the browser, for trying out this server.
const app = document.getElementById('app');
const { clientId, redirectUri, issuer } = app.dataset;
const words = JSON.parse(app.dataset.words);
const store = sessionStorage;
let tokens;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const part = (token, index) => {
  const bytes = Uint8Array.from(
    atob(token.split('.')[index].replaceAll('-', '+').replaceAll('_', '/')),
    (c) => c.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
};

function say(id, text) {
  for (const other of ['status', 'failure']) document.getElementById(other).hidden = other !== id;
  document.querySelector(`#${id} p`).textContent = text;
}

function show(id, value) {
  const section = document.getElementById(id);
  section.hidden = value === undefined;
  section.querySelector('pre').textContent = value === undefined ? '' : JSON.stringify(value, null, 2);
}

async function form(path, fields) {
  const response = await fetch(issuer + path, { method: 'POST', body: new URLSearchParams(fields) });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error_description ?? body.error ?? String(response.status));
  return body;
}

function hold(received, sentence) {
  tokens = { ...tokens, ...received };
  document.getElementById('start').hidden = true;
  document.getElementById('held').hidden = false;
  document.getElementById('refresh').disabled = tokens.refresh_token === undefined;
  show('response', received);
  show('access-token', { header: part(tokens.access_token, 0), claims: part(tokens.access_token, 1) });
  show('id-token', tokens.id_token && { header: part(tokens.id_token, 0), claims: part(tokens.id_token, 1) });
  say('status', sentence);
}

async function start(event) {
  event.preventDefault();
  const verifier = random();
  const state = random();
  store.setItem('carekey-dev-app', JSON.stringify({ verifier, state }));
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  const scope = document.getElementById('scope').value;
  location.assign(
    `${issuer}oauth2/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope, state, code_challenge: challenge, code_challenge_method: 'S256' })}`,
  );
}

async function finish(answer) {
  history.replaceState(null, '', redirectUri);
  const { verifier, state } = JSON.parse(store.getItem('carekey-dev-app') ?? '{}');
  store.removeItem('carekey-dev-app');
  if (!state || answer.get('state') !== state || answer.get('iss') !== issuer) throw new Error(words.state);
  if (answer.has('error')) throw new Error(answer.get('error_description') ?? answer.get('error'));
  const code = answer.get('code');
  hold(
    await form('oauth2/token', {
      grant_type: 'authorization_code',
      code,
      client_id: clientId,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
    words.signedIn,
  );
}

async function refresh() {
  hold(
    await form('oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      client_id: clientId,
    }),
    words.refreshed,
  );
}

async function userinfo() {
  const response = await fetch(`${issuer}oauth2/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  show('userinfo', await response.json());
}

async function signOut() {
  for (const token of [tokens.refresh_token, tokens.access_token]) {
    if (token === undefined) continue;
    await fetch(`${issuer}oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: clientId }),
    });
  }
  tokens = undefined;
  document.getElementById('start').hidden = false;
  document.getElementById('held').hidden = true;
  for (const id of ['response', 'access-token', 'id-token', 'userinfo']) show(id, undefined);
  say('status', words.signedOut);
}

const guarded = (act) => (event) =>
  act(event).catch((error) => say('failure', words.failed.replace('{reason}', error.message)));
document.getElementById('start').addEventListener('submit', guarded(start));
document.getElementById('refresh').addEventListener('click', guarded(refresh));
document.getElementById('ask-userinfo').addEventListener('click', guarded(userinfo));
document.getElementById('sign-out').addEventListener('click', guarded(signOut));

const answer = new URLSearchParams(location.search);
if (location.origin !== new URL(issuer).origin) {
  // The same machine under another name: cookies and the redirect address belong to the issuer's.
  location.replace(redirectUri);
} else {
  app.hidden = false;
  if (clientId === '') say('failure', words.noClient);
  if (answer.has('code') || answer.has('error')) guarded(finish)(answer);
}
