import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import type { Caller } from '../authentication/caller.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import { Sealer } from '../kernel/secrets.js';
import { passwordNeedsProjectScope } from '../memberships/memberships.errors.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { membershipView } from './membership.view.js';
import { membershipOptions } from './memberships.types.js';
import { Scope } from './scope.types.js';
import { ScopedService } from './scoped.service.js';
import { CreateUserInput, CreateUserPayload } from './users.types.js';

/** Brings people in: user, profile and membership in one act. */
@Resolver()
export class UserCreationResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly projects: ProjectsService,
    private readonly passwords: PasswordsService,
    private readonly onboarding: OnboardingService,
    private readonly memberships: MembershipsService,
    private readonly sealer: Sealer,
  ) {}

  @Mutation(() => CreateUserPayload, {
    description:
      'Brings a person into a project. For scope SERVER the answer is the same whether the address had an account or not.',
  })
  @Access('admin')
  async createUser(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: CreateUserInput,
  ): Promise<CreateUserPayload> {
    // Hashing may wait its turn, so it comes before the transaction.
    const password = await this.prepare(caller, input);
    const { projectId, idempotencyKey: key, scope, another, membership, ...person } = input;
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const creation = { operation: 'createUser', key, input: this.fingerprint(input) };
      const { id } = await this.scoped.once(tx, caller, project, creation, async () => {
        const made = await this.onboarding.addPerson(tx, caller.actor, project, {
          ...person,
          scope: scope ?? Scope.PROJECT,
          password,
          another: another ?? false,
          membership: membershipOptions(membership),
        });
        return { id: made.membership.id };
      });
      return { membership: membershipView(await this.memberships.get(tx, project, id)) };
    });
  }

  private async prepare(caller: Caller, input: CreateUserInput): Promise<PreparedPassword | undefined> {
    const { password, email, givenName, familyName } = input;
    if (password == null) return undefined;
    if (input.scope === Scope.SERVER) throw passwordNeedsProjectScope({ field: 'password' });
    const project = await this.scoped.read(caller, input, (tx, id) => this.projects.get(tx, id));
    return this.passwords.prepare(password, { email, givenName, familyName, project });
  }

  /** What makes two requests the same, kept as a bare hash: so the password goes in under a key. */
  private fingerprint({ idempotencyKey: _, password, ...input }: CreateUserInput): object {
    if (password == null) return input;
    return {
      ...input,
      password: this.sealer.keyedHash('idempotency-password', password).toString('base64url'),
    };
  }
}
