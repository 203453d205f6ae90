import { z } from 'zod';

/**
 * What a project may decide for itself. Stored as one JSON document; what it does not name has its default.
 * `passwordMinimum`: least characters of a password that is the only factor. NIST SP 800-63B-4 asks for 15 (rulings 36).
 * `onBehalfOfWithinOwnPolicy`: admins who act for a member reach what their own policy opens too, and no more (F72).
 * `secondFactorRequired`: members sign in with a second factor; those who have none set one up at their next sign-in.
 */
export const projectSettings = z.strictObject({
  passwordMinimum: z
    .int('must be a whole number')
    .min(8, 'must be at least 8')
    .max(15, 'must be at most 15')
    .default(15),
  onBehalfOfWithinOwnPolicy: z.boolean('must be true or false').default(false),
  secondFactorRequired: z.boolean('must be true or false').default(false),
});

/** The settings of a project with every default filled in. */
export type ProjectSettings = Readonly<z.output<typeof projectSettings>>;
/** Some settings of a project, as a caller names them. */
export type ProjectSettingsInput = z.input<typeof projectSettings>;
