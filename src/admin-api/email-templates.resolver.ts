import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { templateVariables } from '../email/email-input.js';
import { EmailTemplatesService } from '../email/email-templates.service.js';
import type { MailKind } from '../email/mail-kinds.js';
import { ProjectsService } from '../projects/projects.service.js';
import {
  EmailPreviewArgs,
  EmailPreviewView,
  EmailTemplateKindView,
  EmailTemplatePayload,
  EmailTemplateView,
  RemoveEmailTemplateInput,
  RemoveEmailTemplatePayload,
  SaveEmailTemplateInput,
} from './email-templates.types.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { ProjectArgs } from './scope.types.js';
import { ScopedService } from './scoped.service.js';

/** A project's own words for its mails. */
@Resolver(() => EmailTemplateView)
export class EmailTemplatesResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly templates: EmailTemplatesService,
    private readonly projects: ProjectsService,
  ) {}

  @Query(() => [EmailTemplateView], {
    description: "Where the project has words of its own; else the server's are used.",
  })
  @Access('admin')
  emailTemplates(
    @Context() { caller }: GraphqlContext,
    @Args() args: ProjectArgs,
  ): Promise<EmailTemplateView[]> {
    return this.scoped.read(caller, args, (tx, projectId) => this.templates.list(tx, projectId));
  }

  @Query(() => [EmailTemplateKindView], { description: 'Every kind of mail, with its variables.' })
  @Access('admin')
  emailTemplateKinds(): EmailTemplateKindView[] {
    return Object.entries(templateVariables).map(([kind, { may, must, button }]) => ({
      kind: kind as MailKind,
      variables: may,
      required: must,
      hasButton: button,
    }));
  }

  @Query(() => EmailPreviewView, {
    description: 'How a mail would read, with words that are not saved yet too.',
  })
  @Access('admin')
  emailPreview(
    @Context() { caller }: GraphqlContext,
    @Args() { kind, language, draft, projectId: where }: EmailPreviewArgs,
  ): Promise<EmailPreviewView> {
    return this.scoped.read(caller, { projectId: where ?? null }, async (tx, projectId) => {
      const { name: projectName } = await this.projects.get(tx, projectId);
      const input = { kind, language, projectName, ...(draft && { draft: draft as never }) };
      return this.templates.preview(tx, projectId, input);
    });
  }

  @Mutation(() => EmailTemplatePayload, {
    description: 'Makes a template, or writes over the one of that kind and language.',
  })
  @Access('admin')
  saveEmailTemplate(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId: where, kind, language, words }: SaveEmailTemplateInput,
  ): Promise<EmailTemplatePayload> {
    return this.scoped.write(caller, { projectId: where ?? null }, async (tx, projectId) => {
      const input = { ...words, kind, language } as never;
      return { emailTemplate: await this.templates.save(tx, caller.actor, projectId, input) };
    });
  }

  @Mutation(() => RemoveEmailTemplatePayload, { description: "Goes back to the server's words." })
  @Access('admin')
  removeEmailTemplate(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId: where, kind, language }: RemoveEmailTemplateInput,
  ): Promise<RemoveEmailTemplatePayload> {
    return this.scoped.write(caller, { projectId: where ?? null }, async (tx, projectId) => {
      await this.templates.remove(tx, caller.actor, projectId, kind, language);
      return { removedKind: kind };
    });
  }
}
