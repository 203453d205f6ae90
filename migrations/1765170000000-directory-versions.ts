import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every version of the resources that are kept here; what is there already becomes its first. */
export class DirectoryVersions1765170000000 implements MigrationInterface {
  readonly name = 'DirectoryVersions1765170000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE directory_version (
        resource_id uuid NOT NULL,
        version_id uuid NOT NULL,
        project_id uuid NOT NULL,
        resource_type text NOT NULL,
        content jsonb NOT NULL,
        deleted boolean NOT NULL DEFAULT false,
        last_updated timestamptz NOT NULL,
        CONSTRAINT pk_directory_version PRIMARY KEY (resource_id, version_id),
        CONSTRAINT fk_directory_version_project FOREIGN KEY (project_id) REFERENCES project (id)
      )`);
    await runner.query(
      'CREATE UNIQUE INDEX uq_directory_version_time ON directory_version (resource_id, last_updated)',
    );
    await runner.query(`
      INSERT INTO directory_version (resource_id, version_id, project_id, resource_type, content, last_updated)
      SELECT id, version_id, project_id, resource_type, content, last_updated FROM directory_resource`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE directory_version');
  }
}
