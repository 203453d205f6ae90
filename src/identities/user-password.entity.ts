import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { UserId } from '../kernel/ids.js';
import { User } from './user.entity.js';

/** What is kept of a password: argon2id over the peppered text; of one that was imported, its hash, sealed, until it is used. */
@Entity('user_password')
export class UserPassword {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'pk_user_password' })
  @ForeignKey(() => User, { name: 'fk_user_password_user', onDelete: 'CASCADE' })
  userId: UserId;

  /** PHC string with its parameters and salt; `sealed:` and a sealed one for an imported password. */
  @Column('text')
  hash: string;

  /** Id of the sealing key whose pepper went in. */
  @Column('text', { name: 'pepper_key' })
  pepperKey: string;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt: Date;
}
