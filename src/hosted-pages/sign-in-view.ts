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
  /** Whose people are meant. */
  readonly projectId: ProjectId | null;
}

/** What the sign-in page is shown with. */
export interface SignInState {
  readonly email?: string;
  /** `ready`: an account was just made. */
  readonly notice?: SignInNotice | 'ready' | undefined;
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

function noticeOf(notice: SignInState['notice'], words: Strings['signIn']) {
  if (notice === 'ready') return { tone: 'good', sentence: words.ready };
  if (notice === 'no-membership') return { tone: 'notice', sentence: words.noMembership };
  if (notice === 'other-person') return { tone: 'notice', sentence: words.otherPerson };
  if (notice === 'sign-in-again') return { tone: 'notice', sentence: words.again };
  return undefined;
}
