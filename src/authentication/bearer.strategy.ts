import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { decodeProtectedHeader } from 'jose';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Config } from '../kernel/config.js';
import { KeysService } from '../keys/keys.service.js';
import { type AccessTokenClaims, accessTokenType } from '../tokens/tokens.service.js';

/**
 * Verifies the signature and claims of an access token (RFC 9068 section 4): our key by `kid`, ES256 only, `typ`,
 * issuer and audience. Expiry is judged by `BearerService`, which has the clock.
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(Strategy, 'bearer') {
  constructor(keys: KeysService, config: Config) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      algorithms: ['ES256'],
      issuer: config.baseUrl,
      audience: config.baseUrl,
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
      secretOrKeyProvider: (
        _request: unknown,
        token: string,
        done: (error: unknown, key?: string) => void,
      ) => {
        keyOf(keys, token).then(
          (key) => done(null, key),
          (error: unknown) => done(error),
        );
      },
    });
  }

  /** What passport hands on: the claims as they are. */
  validate(claims: AccessTokenClaims): AccessTokenClaims {
    return claims;
  }
}

/** A `KeyObject`, not PEM: text would be parsed again at every request. The types of passport-jwt know text only. */
async function keyOf(keys: KeysService, token: string): Promise<string> {
  const { kid, typ, alg } = decodeProtectedHeader(token);
  if (typ !== accessTokenType || typeof kid !== 'string') throw new Error('Not an access token');
  const found = await keys.verificationKey(kid);
  if (!found || found.alg !== alg) throw new Error('Unknown key');
  return found.key as unknown as string;
}
