import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How much of one budget is used up. The key is a keyed hash: the row names nobody. */
@Entity('rate_budget')
@Index('ix_rate_budget_expiry', ['expiresAt'])
export class RateBudget {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'pk_rate_budget' })
  key: Buffer;

  @Column('integer')
  taken: number;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
