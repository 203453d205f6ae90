import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Proves that a node has the sealing key of this name, without telling anything about the key. */
@Entity('sealing_check')
export class SealingCheck {
  @PrimaryColumn('text', { name: 'key_id', primaryKeyConstraintName: 'pk_sealing_check' })
  keyId: string;

  @Column('bytea', { name: 'check_value' })
  checkValue: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
