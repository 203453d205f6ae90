import type { ClientChanges } from '../clients/client-input.js';
import { invalidInput } from '../kernel/errors.js';
import { scopeListProblem } from '../smart/client-scopes.js';

/** Whether the scopes of a client make sense. @throws AppError `invalid-input` */
export function checkScopes(changes: Pick<ClientChanges, 'allowedScopes' | 'defaultScope'>): void {
  for (const field of ['allowedScopes', 'defaultScope'] as const) {
    const wrong = scopeListProblem(changes[field] ?? []);
    if (wrong) throw invalidInput({ sentence: `"${field}" is not valid: must ${wrong}.`, field });
  }
}
