import { Injectable } from '@nestjs/common';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { Config } from '../kernel/config.js';
import { type ClientId, type LoginId, parseId, type UserId } from '../kernel/ids.js';
import { KeysService } from '../keys/keys.service.js';

/** Whom an id_token of ours was about, and which app got it for which login. It says so; it proves nobody present. */
export interface IdTokenHint {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly loginId: LoginId;
}

/** What an `id_token_hint` came to. `unknown-key`: its key is no longer kept, so nothing can be said about it. */
export type HintReading = { readonly kind: 'read'; readonly hint: IdTokenHint } | 'unknown-key' | 'wrong';

/** Reads `id_token_hint` (OIDC Core section 3.1.2.1, RP-Initiated Logout section 2): ours, of any age. */
@Injectable()
export class IdTokenHintsService {
  constructor(
    private readonly keys: KeysService,
    private readonly config: Config,
  ) {}

  /** Judges signature (our key by `kid`, that key's algorithm), type and issuer; never the expiry. */
  async read(token: string): Promise<HintReading> {
    const header = headerOf(token);
    if (header?.typ !== 'JWT' || typeof header.kid !== 'string') return 'wrong';
    const key = await this.keys.verificationKey(header.kid);
    if (!key) return 'unknown-key';
    try {
      const { payload } = await compactVerify(token, key.key, { algorithms: [key.alg] });
      const { iss, sub, aud, sid } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
      const userId = parseId<'User'>(sub);
      const clientId = parseId<'ClientApplication'>(aud);
      const loginId = parseId<'Login'>(sid);
      if (iss !== this.config.baseUrl || !userId || !clientId || !loginId) return 'wrong';
      return { kind: 'read', hint: { userId, clientId, loginId } };
    } catch {
      return 'wrong';
    }
  }
}

function headerOf(token: string): ReturnType<typeof decodeProtectedHeader> | undefined {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}
