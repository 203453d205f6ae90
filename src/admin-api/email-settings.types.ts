import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { EmailSettings } from '../email/email-settings.entity.js';
import { ProjectInput } from './scope.types.js';

const asTheServer = "null: as the server's own mail.";

@ObjectType('ProjectMailServer', { description: 'Its password is never shown.' })
export class ProjectMailServerView {
  @Field(() => String)
  host: string;

  @Field(() => Int)
  port: number;

  @Field(() => Boolean)
  implicitTls: boolean;

  @Field(() => String, { nullable: true })
  user: string | null;

  @Field(() => String, { description: 'The address that mail comes from.' })
  from: string;

  @Field(() => Boolean, { description: 'Whether there is a password to sign in with.' })
  signsIn: boolean;
}

@ObjectType('EmailSettings', { description: "How mail to a project's own users looks, and how it leaves." })
export class EmailSettingsView {
  @Field(() => String, { nullable: true })
  senderName: string | null;

  @Field(() => String, { nullable: true, description: 'The language for readers whose own is not known.' })
  locale: string | null;

  @Field(() => String, { nullable: true, description: 'Of the button.' })
  colour: string | null;

  @Field(() => ProjectMailServerView, { nullable: true })
  mailServer: ProjectMailServerView | null;

  @Field(() => Int, { description: '0 when nothing was ever set.' })
  version: number;
}

@InputType('ProjectMailServerInput')
export class ProjectMailServerInput {
  @Field(() => String, { description: 'A public host.' })
  host: string;

  @Field(() => Int, { description: '25, 465, 587 or 2525.' })
  port: number;

  @Field(() => Boolean, { description: 'TLS from the first byte (465); else STARTTLS, which is demanded.' })
  implicitTls: boolean;

  @Field(() => String, { nullable: true })
  user?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Left out: the one before stays, unless host, port, TLS or user is another.',
  })
  password?: string | null;

  @Field(() => String, { description: 'The address that mail comes from.' })
  from: string;
}

@InputType('EditEmailSettingsInput', { description: 'What is not named stays.' })
export class EditEmailSettingsInput extends ProjectInput {
  @Field(() => Int, { description: 'The version that you read.' })
  version: number;

  @Field(() => String, { nullable: true, description: asTheServer })
  senderName?: string | null;

  @Field(() => String, { nullable: true, description: asTheServer })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: `#rrggbb, dark enough for white text. ${asTheServer}` })
  colour?: string | null;

  @Field(() => ProjectMailServerInput, { nullable: true, description: asTheServer })
  mailServer?: ProjectMailServerInput | null;
}

@ObjectType('EmailSettingsPayload')
export class EmailSettingsPayload {
  @Field(() => EmailSettingsView)
  emailSettings: EmailSettingsView;
}

/** What is shown of settings: everything but the password. */
export function emailSettingsView(settings: EmailSettings): EmailSettingsView {
  const { senderName, locale, colour, mailServer, sealedPassword, version } = settings;
  const shown = mailServer && { ...mailServer, signsIn: sealedPassword !== null };
  return { senderName, locale, colour, mailServer: shown, version };
}
