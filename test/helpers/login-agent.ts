import type { JsonAnswer, OAuthAgent } from './oauth-agent.js';
import { newPkce, type TestClient, type TestPerson } from './oauth-agent.js';

/** Talks to the JSON login API the way an app's own sign-in form does. */
export class LoginAgent {
  constructor(readonly oauth: OAuthAgent) {}

  post(path: string, body: object, headers: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.oauth.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/fhir+json', ...headers },
    });
  }

  /** `POST /auth/login`; members set to undefined are left out. */
  login(
    client: Pick<TestClient, 'id'> | undefined,
    { email, password }: TestPerson,
    more: object = {},
    headers?: Record<string, string>,
  ): Promise<JsonAnswer> {
    return this.post('auth/login', { email, password, clientId: client?.id, ...more }, headers);
  }

  profile(login: string, profile: string, headers?: Record<string, string>): Promise<JsonAnswer> {
    return this.post('auth/profile', { login, profile }, headers);
  }

  scope(login: string, scope: string): Promise<JsonAnswer> {
    return this.post('auth/scope', { login, scope });
  }

  status(login: string): Promise<JsonAnswer> {
    return this.oauth.get(`auth/login/${login}`);
  }

  /** Signs in with PKCE; the result and what redeems its code. */
  async begin(client: TestClient, person: TestPerson, more: object = {}) {
    const { verifier, challenge } = newPkce();
    const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' };
    const { status, body } = await this.login(client, person, { ...pkce, ...more });
    if (status !== 200) throw new Error(`No login: ${status} ${JSON.stringify(body)}`);
    const redeem = (code: string = body.code) =>
      this.oauth.token({
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        client_id: client.id,
      });
    return { ...(body as { login: string; code: string; memberships: { id: string }[] }), verifier, redeem };
  }
}

/** What an outcome says, in short: status, text, and the input that is wrong. */
export function said({ status, body }: JsonAnswer): [number, string, string?] {
  const [issue] = body.issue ?? [];
  return [status, issue?.details.text, ...(issue?.expression ?? [])] as [number, string, string?];
}
