import { basic, codeFlow, token } from './code-flow.mjs';
import { resources } from './peer/fixtures.mjs';

/**
 * What is measured, in the order of the table. `ours` and `peers` name a job of either system; two lines may share one of
 * ours, because the peer has two ways (tokens that it stores and tokens that it does not) and Carekey has one.
 */
export const works = [
  {
    name: 'client_credentials',
    note: 'peer: JWT, nothing stored',
    ours: 'clientCredentials',
    peers: 'clientCredentialsJwt',
  },
  {
    name: 'client_credentials (stored)',
    note: 'peer: opaque token, stored',
    ours: 'clientCredentials',
    peers: 'clientCredentialsStored',
  },
  { name: 'refresh', note: 'peer: JWT access token, not stored', ours: 'refresh', peers: 'refreshJwt' },
  {
    name: 'refresh (stored)',
    note: 'peer: opaque access token, stored',
    ours: 'refresh',
    peers: 'refreshStored',
  },
  {
    name: 'client_credentials by private_key_jwt',
    note: 'ES256; peer: JWT, not stored; the use of the assertion is',
    ours: 'assertion',
    peers: 'assertion',
  },
  {
    name: 'code redemption',
    note: 'peer: opaque access token, stored',
    ours: 'redemption',
    peers: 'redemption',
  },
  {
    name: 'code flow with a session',
    note: 'authorize and redemption; peer: opaque access token, stored',
    ours: 'session',
    peers: 'session',
  },
  {
    name: 'sign-in to token',
    note: 'pages, password, consent, redemption; one argon2id each',
    ours: 'signIn',
    peers: 'signIn',
  },
  { name: 'userinfo', note: '', ours: 'userinfo', peers: 'userinfo' },
  { name: 'introspection', note: 'peer: opaque token', ours: 'introspection', peers: 'introspection' },
  { name: 'discovery', note: '', ours: 'discovery', peers: 'discovery' },
  { name: 'JWKS', note: '', ours: 'jwks', peers: 'jwks' },
];

const form = 'application/x-www-form-urlencoded';

/**
 * Signs people in and makes the jobs of a system: name -> what the load generator needs.
 * @param families how many refresh families each refresh job has; at least one per connection.
 */
export async function prepareJobs(system, families) {
  const isPeer = system.name === 'oidc-provider';
  const plain = await signIns(system, families);
  const tokens = plain.map((answer) => answer.access_token);
  const common = {
    userinfo: { requests: tokens.map((one) => userinfo(system, one)) },
    introspection: { requests: tokens.map((one) => introspection(system, one)) },
    discovery: { requests: [read(system, system.paths.discovery, `"issuer":"${system.issuer}"`)] },
    jwks: { requests: [read(system, system.paths.jwks, '"kty":"RSA"')] },
    assertion: await assertion(system, plain[0].access_token),
    redemption: flow(system, 'redemption'),
    session: flow(system, 'session'),
    signIn: flow(system, 'signIn'),
  };
  if (!isPeer) {
    return named({
      ...common,
      clientCredentials: clientCredentials(system),
      refresh: refresh(system, plain),
    });
  }
  const jwt = await signIns(system, families, { resource: resources.jwt });
  return named({
    ...common,
    clientCredentialsJwt: clientCredentials(system, resources.jwt),
    clientCredentialsStored: clientCredentials(system, resources.stored),
    refreshJwt: refresh(system, jwt),
    refreshStored: refresh(system, plain),
  });
}

/** A token that is refreshed must not be the one that userinfo shows, so every family gives both, one after the other. */
async function signIns(system, count, parameters) {
  const answers = [];
  for (let at = 0; at < count; at++) answers.push(await codeFlow(system, system.person, parameters));
  return answers;
}

function clientCredentials({ paths, client }, resource) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(resource && { resource }) });
  return { requests: [post(paths.token, client, String(body), ['"access_token":"'])] };
}

async function assertion(system, adminToken) {
  const { id: clientId, jwk } = await system.keyClient(adminToken);
  const resource = system.name === 'oidc-provider' ? { resource: resources.jwt } : {};
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...resource });
  return {
    request: {
      method: 'POST',
      path: system.paths.token,
      headers: { 'content-type': form },
      body: String(body),
      expect: ['"access_token":"'],
    },
    assertions: { clientId, audience: system.issuer, jwk },
  };
}

/** People at once at most: more would only wait for each other's hashes, and be told so after two seconds of it. */
const signInsAtOnce = 4;

/** Whole walks, done by the generator with a browser of its own for each connection. */
function flow({ name, origin, paths, client, person }, kind) {
  const connections = kind === 'signIn' ? signInsAtOnce : undefined;
  return { flow: kind, system: { name, origin, paths, client }, person, atMost: connections };
}

function refresh({ paths, client }, answers) {
  return {
    request: post(paths.token, client, 'grant_type=refresh_token', ['"access_token":"', '"id_token":"']),
    chains: answers.map((answer) => ({ refreshToken: answer.refresh_token })),
  };
}

function userinfo({ paths }, accessToken) {
  const headers = { authorization: `Bearer ${accessToken}` };
  return { method: 'GET', path: paths.userinfo, headers, expect: ['"sub":"', '"email":"ada@example.org"'] };
}

function introspection({ paths, client }, accessToken) {
  return post(paths.introspect, client, `token=${encodeURIComponent(accessToken)}`, ['"active":true']);
}

function read(_system, path, expected) {
  return { method: 'GET', path, headers: {}, expect: [expected] };
}

function post(path, client, body, expect) {
  return {
    method: 'POST',
    path,
    headers: { authorization: basic(client), 'content-type': form },
    body,
    expect,
  };
}

function named(jobs) {
  return Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, { name, ...job }]));
}

/** Refreshes each family once more and asks whether its token works: the families outlived the run. */
export async function checkFamilies(system, { chains }, resource) {
  for (const chain of chains) {
    const answer = await token(system, {
      grant_type: 'refresh_token',
      refresh_token: chain.refreshToken,
      ...(resource && { resource }),
    });
    chain.refreshToken = answer.refresh_token;
  }
}
