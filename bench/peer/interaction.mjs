import { hash, verify } from '@node-rs/argon2';
import { account } from './fixtures.mjs';

/** argon2id as Carekey's own settings say: 19 MiB, t=2, p=1. */
const stored = hash(account.password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });

/** `/interaction/<uid>`: the pages of the peer, one form each, for sign-in and for consent. */
export async function interaction(provider, request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const form = new URLSearchParams(await body(request));
    const result = details.prompt.name === 'login' ? await login(form) : await consent(provider, details);
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  }
  const inputs =
    details.prompt.name === 'login'
      ? '<input name="email"><input name="password" type="password">'
      : '<input name="decision" value="allow">';
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<form method="post" action="/interaction/${details.uid}">${inputs}</form>`);
}

async function login(form) {
  const right = await verify(await stored, form.get('password') ?? '');
  if (!right || form.get('email') !== account.email) return { error: 'access_denied' };
  return { login: { accountId: account.id } };
}

async function consent(provider, { grantId, params, prompt, session }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingResourceScopes } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [indicator, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(indicator, scopes.join(' '));
  }
  return { consent: { grantId: await grant.save() } };
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
