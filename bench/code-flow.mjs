import { createHash, randomBytes } from 'node:crypto';
import { Browser, formOf } from './browser.mjs';

/** Forms by which the pages of either system ask something, told by their address. */
const answers = [
  ['/signin', ({ email, password }) => ({ email, password })],
  ['/choose-profile', () => ({})],
  ['/consent', () => ({ decision: 'allow' })],
  ['/interaction/', ({ email, password }) => ({ email, password, decision: 'allow' })],
];

/**
 * Code flow with PKCE over HTTP, as a person and an app walk it: sign-in, consent, redemption.
 * @param browser one that has been there before finds its session again.
 * @returns the body of the token answer.
 */
export async function codeFlow(system, person, parameters = {}, browser = new Browser()) {
  return token(system, await authorize(system, person, parameters, browser));
}

/** The first half: up to the code. Answers the form that redeems it. */
export async function authorize(system, person, parameters, browser) {
  const verifier = randomBytes(32).toString('base64url');
  const { client } = system;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: 'openid profile email offline_access',
    state: 'bench',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'consent',
    ...parameters,
  });
  const address = `${system.origin}${system.paths.authorize}?${query}`;
  const back = await walk(address, client.redirectUri, person, browser);
  const code = back.searchParams.get('code');
  if (!code) throw new Error(`No code came back from ${system.name}: ${back.search}`);
  return {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: client.redirectUri,
    ...(parameters.resource && { resource: parameters.resource }),
  };
}

/** Asks the token endpoint, authenticated by header. @throws Error unless it answers 200. */
export async function token({ origin, paths, client, name }, form) {
  const response = await fetch(origin + paths.token, {
    method: 'POST',
    headers: { authorization: basic(client) },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`The token endpoint of ${name} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** The header of `client_secret_basic`. */
export function basic({ id, secret }) {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

async function walk(address, redirectUri, person, browser) {
  let page = address;
  let response = await browser.send(page);
  for (let step = 0; step < 20; step++) {
    const location = response.headers.get('location');
    if (location) {
      page = new URL(location, page).href;
      if (page.startsWith(redirectUri)) return new URL(page);
      response = await browser.send(page);
      continue;
    }
    const html = await response.text();
    const [path, values] = answers.find(([path]) => html.includes(`action="${path}`)) ?? [];
    if (!path) throw new Error(`Answered ${response.status} without a known form: ${html.slice(0, 500)}`);
    response = await browser.submit(page, formOf(html, path), values(person));
  }
  throw new Error('The sign-in did not come to an end');
}
