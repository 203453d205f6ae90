import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invitations and what became of them; people without an address, whom a project knows by an id of its own. */
export class Invitations1765240000001 implements MigrationInterface {
  readonly name = 'Invitations1765240000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE user_account ALTER COLUMN email DROP NOT NULL');
    await runner.query(
      'ALTER TABLE user_account ADD CONSTRAINT ck_user_account_email CHECK (email IS NOT NULL OR project_id IS NOT NULL)',
    );
    await runner.query('ALTER TABLE project_membership ADD COLUMN invited_by_type text');
    await runner.query(`
      UPDATE project_membership m SET invited_by_type =
        CASE WHEN EXISTS (SELECT 1 FROM client_application c WHERE c.id = m.invited_by) THEN 'ClientApplication' ELSE 'User' END
      WHERE invited_by IS NOT NULL`);
    await runner.query(`
      CREATE TABLE invitation (
        id uuid NOT NULL,
        project_id uuid NOT NULL,
        membership_id uuid,
        user_id uuid NOT NULL,
        email text,
        link_id uuid,
        delivery_id uuid,
        invited_by uuid,
        created_at timestamptz NOT NULL,
        sent_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        opened_at timestamptz,
        accepted_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT pk_invitation PRIMARY KEY (id),
        CONSTRAINT fk_invitation_project FOREIGN KEY (project_id) REFERENCES project (id),
        CONSTRAINT fk_invitation_membership FOREIGN KEY (membership_id) REFERENCES project_membership (id) ON DELETE SET NULL,
        CONSTRAINT fk_invitation_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_invitation_project ON invitation (project_id, id)');
    await runner.query('CREATE UNIQUE INDEX uq_invitation_link ON invitation (link_id)');
    await runner.query('CREATE INDEX ix_invitation_membership ON invitation (membership_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE invitation');
    await runner.query('ALTER TABLE project_membership DROP COLUMN invited_by_type');
    await runner.query('ALTER TABLE user_account DROP CONSTRAINT ck_user_account_email');
    // Whoever has no address cannot be kept where each has one.
    await runner.query(
      'DELETE FROM project_membership m USING user_account u WHERE u.id = m.user_id AND u.email IS NULL',
    );
    await runner.query('DELETE FROM user_account WHERE email IS NULL');
    await runner.query('ALTER TABLE user_account ALTER COLUMN email SET NOT NULL');
  }
}
