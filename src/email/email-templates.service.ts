import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { parseInput } from '../kernel/input.js';
import type { Tx } from '../kernel/tx.js';
import { type TemplateInput, templateInput } from './email-input.js';
import { EmailSettingsStore } from './email-settings.store.js';
import type { EmailTemplate } from './email-template.entity.js';
import type { Mail, MailKind } from './mail-kinds.js';
import { type MailLook, type RenderedMail, renderMail } from './mail-rendering.js';
import { mailLanguage } from './strings.js';

/** What a preview is made for. */
export interface PreviewInput {
  readonly kind: MailKind;
  readonly language: string;
  readonly projectName: string;
  /** Words that are not saved yet; left out: those that would be sent. */
  readonly draft?: Pick<TemplateInput, 'subject' | 'heading' | 'body' | 'button'> | undefined;
}

const weekMs = 7 * 86_400_000;

/** A project's own words for its mails. They are plain text in the house's layout, so nothing in them loads or links. */
@Injectable()
export class EmailTemplatesService {
  constructor(
    private readonly store: EmailSettingsStore,
    private readonly audit: AuditService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** The templates of a project, by kind and language. */
  list(tx: Tx, projectId: ProjectId): Promise<EmailTemplate[]> {
    return this.store.templates(tx, projectId);
  }

  /** Makes a template or writes over the one of that kind and language. @throws AppError `invalid-input` */
  async save(tx: Tx, actor: Actor, projectId: ProjectId, input: TemplateInput): Promise<EmailTemplate> {
    const template = { ...parseInput(templateInput, input), projectId, updatedAt: this.clock.date() };
    await this.store.saveTemplate(tx, template);
    this.record(tx, actor, template, 'saved');
    return template;
  }

  /** Goes back to the server's words. @throws AppError `not-found` */
  async remove(tx: Tx, actor: Actor, projectId: ProjectId, kind: MailKind, language: string): Promise<void> {
    if (!(await this.store.removeTemplate(tx, projectId, kind, language))) throw notFound();
    this.record(tx, actor, { projectId, kind, language }, 'removed');
  }

  /** A mail with made-up names, as people would get it. @throws AppError `invalid-input` for a draft that cannot be saved */
  async preview(
    tx: Tx,
    projectId: ProjectId,
    { kind, language, projectName, draft }: PreviewInput,
  ): Promise<RenderedMail> {
    const template = draft && parseInput(templateInput, { ...draft, kind, language });
    const mail = this.sample(projectId, kind, language, projectName);
    const look = await this.lookOf(tx, mail);
    return renderMail(mail, this.clock.date(), template ? { ...look, template } : look);
  }

  /** How a mail is to look: a project decides only about mail to its own users (rulings 23). */
  async lookOf(tx: Tx, { project, userScope, kind, locale }: Mail): Promise<MailLook> {
    if (project === null || userScope !== 'project') return { locale };
    const settings = await this.store.settings(tx, project);
    const wish = locale ?? settings?.locale ?? undefined;
    const language = mailLanguage(wish).tag;
    const template = await this.store.template(tx, { projectId: project, kind, language });
    return { locale: wish, template, colour: settings?.colour ?? undefined };
  }

  private sample(project: ProjectId, kind: MailKind, locale: string, projectName: string): Mail {
    const now = this.clock.now();
    const data = {
      projectName,
      personName: 'Kim Example',
      inviterName: 'Robin Example',
      appName: 'Example app',
      link: this.config.url('preview-of-a-link'),
      expiresAt: new Date(now + (kind === 'email-code' ? 600_000 : weekMs)),
      code: '000000',
      side: 'old',
      newAddress: 'new-address@example.org',
      factor: 'totp',
      byAdmin: false,
      at: new Date(now),
      ip: '192.0.2.1',
      device: 'Firefox',
    };
    return { kind, to: 'kim@example.org', locale, project, userScope: 'project', data } as unknown as Mail;
  }

  private record(
    tx: Tx,
    actor: Actor,
    { projectId, kind, language }: Pick<EmailTemplate, 'projectId' | 'kind' | 'language'>,
    act: string,
  ): void {
    const detail = { kind, language, act };
    const target = { type: 'Project', id: projectId };
    this.audit.record(tx, { type: 'email.template-changed', actor, projectId, target, detail });
  }
}
