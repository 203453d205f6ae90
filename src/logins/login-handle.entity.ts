import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { LoginId } from '../kernel/ids.js';
import { Login } from './login.entity.js';

/** The credential of a login that is not finished yet (rulings 7): 256 bits, stored hashed, 15 minutes. */
@Entity('login_handle')
@Index('ix_login_handle_login', ['loginId'])
@Index('ix_login_handle_expiry', ['expiresAt'])
export class LoginHandle {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'pk_login_handle' })
  hash: Buffer;

  @Column('uuid', { name: 'login_id' })
  loginId: LoginId;

  @ManyToOne(() => Login, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'login_id', foreignKeyConstraintName: 'fk_login_handle_login' })
  login?: Relation<Login>;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
