import { Injectable } from '@nestjs/common';
import type { ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { EmailSettings } from './email-settings.entity.js';
import { EmailTemplate } from './email-template.entity.js';
import type { MailKind } from './mail-kinds.js';

/** Which template: at most one each. */
export type TemplateKey = Pick<EmailTemplate, 'projectId' | 'kind' | 'language'>;

/** Tables `email_settings` and `email_template`. */
@Injectable()
export class EmailSettingsStore {
  async settings(tx: Tx, projectId: ProjectId): Promise<EmailSettings | undefined> {
    return (await tx.manager.findOneBy(EmailSettings, { projectId })) ?? undefined;
  }

  /** Writes the first settings of a project; answers whether there were none. */
  async insert(tx: Tx, settings: EmailSettings): Promise<boolean> {
    const { raw } = await tx.manager
      .createQueryBuilder()
      .insert()
      .into(EmailSettings)
      .values(settings)
      .orIgnore()
      .returning('project_id')
      .execute();
    return raw.length === 1;
  }

  /** Writes over settings that still have `version`; answers whether they did. */
  async update(tx: Tx, version: number, settings: EmailSettings): Promise<boolean> {
    const { projectId, ...changes } = settings;
    const { affected } = await tx.manager.update(EmailSettings, { projectId, version }, changes);
    return affected === 1;
  }

  async template(tx: Tx, { projectId, kind, language }: TemplateKey): Promise<EmailTemplate | undefined> {
    return (await tx.manager.findOneBy(EmailTemplate, { projectId, kind, language })) ?? undefined;
  }

  templates(tx: Tx, projectId: ProjectId): Promise<EmailTemplate[]> {
    return tx.manager.find(EmailTemplate, { where: { projectId }, order: { kind: 'ASC', language: 'ASC' } });
  }

  async saveTemplate(tx: Tx, template: EmailTemplate): Promise<void> {
    await tx.manager.upsert(EmailTemplate, template, ['projectId', 'kind', 'language']);
  }

  /** Answers whether there was one. */
  async removeTemplate(tx: Tx, projectId: ProjectId, kind: MailKind, language: string): Promise<boolean> {
    const { affected } = await tx.manager.delete(EmailTemplate, { projectId, kind, language });
    return affected === 1;
  }
}
