import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AskingClient, SignInNotice } from '../auth-grants/authorize/interaction.types.js';
import type { ProjectId } from '../kernel/ids.js';
import type { Secret } from '../kernel/secrets.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { FieldProblem } from './field-checks.js';
import { pageAssets } from './page-assets.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import type { Strings } from './strings.js';

/** For whom somebody signs in: an app that asks, a project's own account page, or neither. */
export interface SignInPurpose {
  readonly handle?: Secret;
  readonly asking?: AskingClient;
  /** Before a change of the account that asks for a recent sign-in. */
  readonly again?: boolean;
  /** Whose people are meant. */
  readonly projectId: ProjectId | null;
}

/** What the sign-in page is shown with. */
export interface SignInState {
  readonly email?: string;
  /** `ready`: an account was just made. `again`: to change something that only a recent sign-in may. */
  readonly notice?: SignInNotice | 'ready' | 'again' | undefined;
  readonly note?: { readonly tone: string; readonly sentence: string } | undefined;
  readonly problems?: readonly FieldProblem[];
  readonly showPassword?: boolean;
}

/** What the sign-in page looks like. */
@Injectable()
export class SignInView {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly projects: ProjectsService,
  ) {}

  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    purpose: SignInPurpose,
    state: SignInState,
    status = 200,
  ): Promise<void> {
    const language = this.pages.language(request, purpose.asking);
    const { signIn } = language.strings;
    const { email = '', problems = [], showPassword = false } = state;
    const frame = {
      language,
      title: signIn.title,
      scripts: [pageAssets.signIn.path],
      asking: purpose.asking ?? { projectName: await this.projectName(purpose.projectId) },
      ...(purpose.asking && { formAction: purpose.asking.formAction }),
    };
    const data = {
      csrf: this.forms.token(request, reply, 'sign-in'),
      request: purpose.handle,
      again: purpose.again,
      project: purpose.handle ? undefined : purpose.projectId,
      email,
      problems,
      notice: state.note ?? noticeOf(state.notice, signIn),
      showPassword,
      focus: problems.length > 0 ? undefined : email === '' ? 'email' : 'password',
    };
    this.pages.send(reply, 'sign-in', frame, data, status);
  }

  /** The id stands in the address: a project that is none, or is switched off, leaves the page without a name. */
  private async projectName(id: ProjectId | null): Promise<string | undefined> {
    const project = id ? await this.projects.find(id) : undefined;
    return project?.active ? project.name : undefined;
  }
}

/** Where the browser goes once its person is signed in. */
export function afterSignIn({ handle, again }: Pick<SignInPurpose, 'handle' | 'again'>): string {
  if (handle) return `/signin?request=${handle}`;
  return again ? '/me/factors' : '/me';
}

/** The page of the second step. @param half the half sign-in; absent for whoever is signed in. */
export function stepAddress(
  need: 'prove' | 'enrol',
  { handle, again, half }: Pick<SignInPurpose, 'handle' | 'again'> & { readonly half?: Secret | undefined },
): string {
  const query = new URLSearchParams({
    ...(half && { half }),
    ...(handle && { request: handle }),
    ...(again && { again: '1' }),
  });
  return `/signin/${need === 'prove' ? 'factor' : 'enrol'}?${query}`;
}

function noticeOf(notice: SignInState['notice'], words: Strings['signIn']) {
  if (notice === 'again') return { tone: 'notice', sentence: words.beforeChange };
  if (notice === 'ready') return { tone: 'good', sentence: words.ready };
  if (notice === 'no-membership') return { tone: 'notice', sentence: words.noMembership };
  if (notice === 'other-person') return { tone: 'notice', sentence: words.otherPerson };
  if (notice === 'sign-in-again') return { tone: 'notice', sentence: words.again };
  return undefined;
}
