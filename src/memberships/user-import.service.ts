import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { profileTypes } from '../directory/profile-resource.js';
import { emailInput } from '../identities/email-address.js';
import { readImportedHash } from '../identities/imported-hash.js';
import { PasswordsService } from '../identities/passwords.service.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { AppError } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { lineOfText, parseInput } from '../kernel/input.js';
import type { Tx } from '../kernel/tx.js';
import { membershipOptions } from './membership-input.js';
import { OnboardingService } from './onboarding.service.js';

const passwordHash = z.string('must be text').superRefine((text, context) => {
  const read = readImportedHash(text);
  if (typeof read === 'string') context.addIssue({ code: 'custom', message: `it ${read}` });
});

/** A person as a line of an import says it. */
const importedPerson = z.strictObject({
  email: emailInput,
  givenName: lineOfText(1, 128),
  familyName: lineOfText(1, 128),
  profileType: z.enum(profileTypes, `must be one of ${profileTypes.join(', ')}`),
  patient: z.string('must be Patient/id').optional(),
  /** Absent: the person gets a password by other ways. */
  passwordHash: passwordHash.optional(),
  membership: membershipOptions.default({}),
});

/** What became of a line: `present` when the project had a user of that address before. */
export type ImportOutcome = 'imported' | 'present' | { readonly refused: string };

class DryRun extends Error {}

/**
 * Brings people over from another system, with the hashes of the passwords that they had there. They become users of the
 * project alone: a server-scoped person's credentials are made by that person (rulings 23).
 */
@Injectable()
export class UserImportService {
  constructor(
    private readonly db: Db,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly onboarding: OnboardingService,
  ) {}

  /**
   * Imports one person in a transaction, or leaves everything as it is. Doing it again changes nothing.
   * @param line what the line says, as JSON: `email`, `givenName`, `familyName`, `profileType`, `passwordHash`
   * (`readImportedHash`), `patient`, `membership`.
   * @param dryRun does it all and takes it back.
   */
  async import(
    actor: Actor,
    projectId: ProjectId,
    line: unknown,
    { dryRun }: { readonly dryRun: boolean },
  ): Promise<ImportOutcome> {
    let outcome: ImportOutcome = 'imported';
    try {
      const person = parseInput(importedPerson, line);
      await this.db.tx(async (tx) => {
        outcome = await this.bring(tx, actor, projectId, person);
        if (dryRun) throw new DryRun();
      });
    } catch (error) {
      if (error instanceof AppError) return { refused: error.message };
      if (!(error instanceof DryRun)) throw error;
    }
    return outcome;
  }

  private async bring(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    { passwordHash: hash, ...person }: z.output<typeof importedPerson>,
  ): Promise<ImportOutcome> {
    if (await this.users.findByEmail(tx, projectId, person.email)) return 'present';
    const { user } = await this.onboarding.addPerson(tx, actor, projectId, { ...person, scope: 'project' });
    if (hash !== undefined) await this.passwords.import(tx, actor, user, hash);
    return 'imported';
  }
}
