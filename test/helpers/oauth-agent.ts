import { createHash, randomBytes } from 'node:crypto';
import { BrowserAgent, formTo } from './browser-agent.js';

/** A client as the token endpoint sees it. */
export interface TestClient {
  readonly id: string;
  readonly secret?: string;
  readonly redirectUri: string;
}

/** A person with a password. */
export interface TestPerson {
  readonly email: string;
  readonly password: string;
}

/** A PKCE pair (RFC 7636). */
export function newPkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The JSON answer of an endpoint with its status. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the server answered
  readonly body: any;
}

/** Talks to the OAuth endpoints over HTTP the way an app does. */
export class OAuthAgent {
  constructor(readonly baseUrl: string) {}

  /** A form post; `basic` authenticates by header. */
  async post(
    path: string,
    form: Record<string, string | undefined>,
    options: { basic?: TestClient; headers?: Record<string, string> } = {},
  ): Promise<JsonAnswer> {
    const body = new URLSearchParams(
      Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    return this.request(path, {
      method: 'POST',
      body,
      headers: { ...(options.basic && { authorization: basicHeader(options.basic) }), ...options.headers },
    });
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.request(path, { headers });
  }

  async request(path: string, init: RequestInit): Promise<JsonAnswer> {
    const response = await fetch(new URL(path, this.baseUrl), { ...init, redirect: 'manual' });
    const text = await response.text();
    let body: unknown = text;
    try {
      body = JSON.parse(text);
    } catch {
      // Not JSON: the text itself is the answer.
    }
    return { status: response.status, headers: response.headers, body };
  }

  token(form: Record<string, string | undefined>, options: { basic?: TestClient } = {}): Promise<JsonAnswer> {
    return this.post('oauth2/token', form, options);
  }

  clientCredentials(client: TestClient, form: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.token({ grant_type: 'client_credentials', ...form }, { basic: client });
  }

  refresh(client: TestClient, refreshToken: string, form: Record<string, string> = {}): Promise<JsonAnswer> {
    const basic = client.secret ? { basic: client } : {};
    return this.token(
      { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client.id, ...form },
      basic,
    );
  }

  userinfo(accessToken: string): Promise<JsonAnswer> {
    return this.get('oauth2/userinfo', { authorization: `Bearer ${accessToken}` });
  }

  introspect(client: TestClient, token: string): Promise<JsonAnswer> {
    return this.post('oauth2/introspect', { token }, { basic: client });
  }

  revoke(client: TestClient, token: string): Promise<JsonAnswer> {
    return this.post(
      'oauth2/revoke',
      { token, client_id: client.id },
      client.secret ? { basic: client } : {},
    );
  }

  /** The address of an authorization request; parameters set to undefined are left out. */
  authorizeUrl(client: TestClient, parameters: Record<string, string | undefined> = {}): string {
    const all = {
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: 'openid profile email offline_access',
      state: 'a-state',
      ...parameters,
    };
    const query = new URLSearchParams(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    return `${this.baseUrl}oauth2/authorize?${query}`;
  }

  /** Walks a person through sign-in and consent in a browser without script; the address that the app receives. */
  async signIn(
    client: TestClient,
    person: TestPerson,
    parameters: Record<string, string | undefined> = {},
    browser = new BrowserAgent(this.baseUrl),
  ): Promise<URL> {
    let response = await browser.get(this.authorizeUrl(client, parameters));
    for (let step = 0; step < 10; step++) {
      const location = response.headers.get('location');
      if (response.status === 303 && location) {
        const target = new URL(location, this.baseUrl);
        if (target.href.startsWith(client.redirectUri)) return target;
        response = await browser.get(target.href);
        continue;
      }
      response = await this.answerPage(browser, response, person);
    }
    throw new Error('The sign-in did not come to an end');
  }

  /** The whole code flow with PKCE: sign-in, consent, redemption. */
  async codeFlow(
    client: TestClient,
    person: TestPerson,
    parameters: Record<string, string | undefined> = {},
    browser?: BrowserAgent,
  ): Promise<JsonAnswer> {
    const { verifier, challenge } = newPkce();
    const back = await this.signIn(
      client,
      person,
      { code_challenge: challenge, code_challenge_method: 'S256', ...parameters },
      browser,
    );
    const code = back.searchParams.get('code');
    if (!code) throw new Error(`No code came back: ${back.search}`);
    return this.redeem(client, code, verifier);
  }

  redeem(
    client: TestClient,
    code: string,
    verifier: string,
    form: Record<string, string | undefined> = {},
  ): Promise<JsonAnswer> {
    const all = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: client.redirectUri,
      client_id: client.id,
      ...form,
    };
    return this.token(all, client.secret ? { basic: client } : {});
  }

  private async answerPage(browser: BrowserAgent, response: Response, person: TestPerson): Promise<Response> {
    const html = await response.text();
    if (html.includes('action="/consent"') || html.includes('/consent')) {
      return browser.submit(formTo(html, '/consent'), { decision: 'allow' });
    }
    if (html.includes('action="/select-account"')) {
      return browser.submit(formTo(html, '/select-account'), { account: 'here' });
    }
    if (html.includes('/choose-profile')) return browser.submit(formTo(html, '/choose-profile'));
    return browser.submit(formTo(html, '/signin'), person as unknown as Record<string, string>);
  }
}

/** The header of `client_secret_basic`, form-urlencoded as RFC 6749 section 2.3.1 says. */
export function basicHeader(client: TestClient): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
  return `Basic ${Buffer.from(`${encode(client.id)}:${encode(client.secret ?? '')}`).toString('base64')}`;
}
