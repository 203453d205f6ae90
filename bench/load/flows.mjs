import { Browser } from '../browser.mjs';
import { authorize, codeFlow, token } from '../code-flow.mjs';

/** No consent is asked for these a second time; `offline_access` would need it (OIDC Core 11). */
const scope = 'openid profile email';

/**
 * What one slot of a `flow` job does over and over; each answers the body of a token answer.
 *
 * `signIn`: a person new to this browser walks from the app to the token, password and consent included. `session`: the
 * same browser again, whose session and consent are remembered. `redemption`: only the last step; the codes were
 * collected before.
 */
export async function flowOf({ flow, system, person, parameters }) {
  if (flow === 'signIn') return () => codeFlow(system, person, parameters);
  const session = await signedIn(system, person, parameters);
  if (flow === 'session') return async () => token(system, await session());
  return collected(system, session);
}

/** Signs a browser in; what comes back gets one code after the other from its session. */
async function signedIn(system, person, parameters) {
  const browser = new Browser();
  await authorize(system, person, { scope, ...parameters }, browser);
  return () => authorize(system, person, { scope, prompt: 'none', ...parameters }, browser);
}

function collected(system, session) {
  const forms = [];
  const act = () => token(system, forms.pop());
  act.left = () => forms.length;
  act.collect = async (seconds) => {
    const until = performance.now() + seconds * 1000;
    do forms.push(await session());
    while (performance.now() < until);
  };
  return act;
}
