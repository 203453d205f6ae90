import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import type { EmailSettingsInput } from '../email/email-input.js';
import { EmailSettingsService } from '../email/email-settings.service.js';
import {
  EditEmailSettingsInput,
  EmailSettingsPayload,
  EmailSettingsView,
  emailSettingsView,
} from './email-settings.types.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { ProjectArgs } from './scope.types.js';
import { ScopedService } from './scoped.service.js';

/** Sender, language, colour and mail server of a project. */
@Resolver(() => EmailSettingsView)
export class EmailSettingsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly settings: EmailSettingsService,
  ) {}

  @Query(() => EmailSettingsView, { description: "How mail to the project's own users looks and leaves." })
  @Access('admin')
  async emailSettings(
    @Context() { caller }: GraphqlContext,
    @Args() args: ProjectArgs,
  ): Promise<EmailSettingsView> {
    return this.scoped.read(caller, args, async (tx, projectId) =>
      emailSettingsView(await this.settings.get(tx, projectId)),
    );
  }

  @Mutation(() => EmailSettingsPayload, {
    description:
      "Changes what the input names. Mail about people whose account is the server's always leaves as the server's own.",
  })
  @Access('admin')
  async editEmailSettings(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId: where, version, ...changes }: EditEmailSettingsInput,
  ): Promise<EmailSettingsPayload> {
    return this.scoped.write(caller, { projectId: where ?? null }, async (tx, projectId) => {
      const input = changes as EmailSettingsInput;
      const edited = await this.settings.edit(tx, caller.actor, projectId, version, input);
      return { emailSettings: emailSettingsView(edited) };
    });
  }
}
