import { Injectable } from '@nestjs/common';
import type { Caller } from '../authentication/caller.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import { Sealer } from '../kernel/secrets.js';
import { passwordNeedsProjectScope } from '../memberships/memberships.errors.js';
import { ProjectsService } from '../projects/projects.service.js';
import { type ProjectArgs, Scope } from './scope.types.js';
import { ScopedService } from './scoped.service.js';

/** What a mutation says of a person to bring in. */
interface PersonInput extends ProjectArgs {
  readonly email?: string | null;
  readonly givenName: string;
  readonly familyName: string;
  readonly scope?: Scope | null;
  readonly password?: string | null;
}

/** The passwords that mutations carry. */
@Injectable()
export class PreparedPasswordsService {
  constructor(
    private readonly scoped: ScopedService,
    private readonly projects: ProjectsService,
    private readonly passwords: PasswordsService,
    private readonly sealer: Sealer,
  ) {}

  /**
   * Judges and hashes the password of an input, if it has one: hashing may wait its turn, so it comes before the transaction.
   * @throws AppError `password-needs-project-scope`, `password-refused`, `passwords-busy`
   */
  async of(caller: Caller, input: PersonInput): Promise<PreparedPassword | undefined> {
    const { password, email = null, givenName, familyName } = input;
    if (password == null) return undefined;
    if (input.scope === Scope.SERVER) throw passwordNeedsProjectScope({ field: 'password' });
    const project = await this.scoped.read(caller, input, (tx, id) => this.projects.get(tx, id));
    return this.passwords.prepare(password, { email, givenName, familyName, project });
  }

  /** What makes two requests the same, kept as a bare hash: so the password goes in under a key. */
  fingerprint({ password, ...input }: Pick<PersonInput, 'password'> & object): object {
    if (password == null) return input;
    return {
      ...input,
      password: this.sealer.keyedHash('idempotency-password', password).toString('base64url'),
    };
  }
}
