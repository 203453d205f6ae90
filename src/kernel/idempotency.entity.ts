import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The answer that a caller got under an idempotency key, kept for a day. */
@Entity('idempotency_key')
@Index('ix_idempotency_key_expiry', ['expiresAt'])
export class IdempotencyKey {
  /** Digest of caller and key. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'pk_idempotency_key' })
  key: Buffer;

  @Column('bytea', { name: 'input_hash' })
  inputHash: Buffer;

  /** Sealed, because answers show new secrets once. */
  @Column('text', { name: 'sealed_answer', nullable: true })
  sealedAnswer: string | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
