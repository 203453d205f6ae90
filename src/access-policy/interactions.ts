/** What one can do to a resource (FHIR R4 http.html), as policies name it (wire-spec section 1.8). */
export const interactions = ['create', 'read', 'update', 'delete', 'search', 'history', 'vread'] as const;
export type Interaction = (typeof interactions)[number];

/** What `readonly` leaves (wire-spec section 1.8). */
export const readInteractions: readonly Interaction[] = ['search', 'read', 'vread', 'history'];

/** Whether an entry opens an interaction: `readonly` and `interaction` both hold. */
export function opens(
  {
    interaction: named,
    readonly,
  }: { readonly interaction?: readonly Interaction[] | undefined; readonly readonly?: boolean | undefined },
  interaction: Interaction,
): boolean {
  return (named?.includes(interaction) ?? true) && (!readonly || readInteractions.includes(interaction));
}
