import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The algorithms that tokens are signed with: ES256 for access tokens, RS256 for id_tokens by default (rulings 8). */
export type SigningAlg = 'ES256' | 'RS256';

/**
 * One signing key. Its state follows from its times, so that every node switches by the clock: pending (published,
 * not signing) until `activatesAt`, then active, retiring (verifies only) from `retiresAt`, erased at `erasesAt`.
 */
@Entity('signing_key')
@Check('ck_signing_key_alg', `alg IN ('ES256', 'RS256')`)
export class SigningKey {
  /** JWK thumbprint (RFC 7638). */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'pk_signing_key' })
  kid: string;

  @Column('text')
  alg: SigningAlg;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: Record<string, string>;

  /** Sealed; gone as soon as no node signs with it any more. */
  @Column('text', { name: 'sealed_private_jwk', nullable: true })
  sealedPrivateJwk: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'activates_at' })
  activatesAt: Date;

  @Column('timestamptz', { name: 'retires_at', nullable: true })
  retiresAt: Date | null;

  @Column('timestamptz', { name: 'erases_at', nullable: true })
  erasesAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
