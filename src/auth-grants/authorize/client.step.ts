import type { ClientsService } from '../../clients/clients.service.js';
import { parseId } from '../../kernel/ids.js';
import type { ProjectsService } from '../../projects/projects.service.js';
import { type AuthorizeStep, pageRefusal } from './authorize.types.js';

/** The client exists, is active and belongs to an active project. Without one, nothing may be redirected anywhere. */
export const clientStep = (clients: ClientsService, projects: ProjectsService): AuthorizeStep => ({
  name: 'client',
  async check(context) {
    const id = parseId<'ClientApplication'>(context.parameters.get('client_id'));
    const client = id && (await clients.find(id));
    if (!client?.active) {
      return pageRefusal(
        'Client not found',
        'The app that sent you here is not registered, or it was switched off.',
      );
    }
    if (client.projectId) {
      const project = await projects.find(client.projectId);
      if (!project?.active)
        return pageRefusal('Client not found', 'The project of the app that sent you here is closed.');
      context.project = project;
    }
    context.client = client;
    return undefined;
  },
});
