import { ArgsType, Field, InputType, ObjectType } from '@nestjs/graphql';
import type { MailKind } from '../email/mail-kinds.js';
import { EmailKind } from './enums.js';
import { ProjectArgs, ProjectInput } from './scope.types.js';

const words = 'Plain text with {variables} of its kind.';

@ObjectType('EmailTemplate', { description: "A project's own words for one kind of mail in one language." })
export class EmailTemplateView {
  @Field(() => EmailKind)
  kind: MailKind;

  @Field(() => String)
  language: string;

  @Field(() => String)
  subject: string;

  @Field(() => String)
  heading: string;

  @Field(() => String)
  body: string;

  @Field(() => String, {
    nullable: true,
    description: "null: the server's words, or a mail without a button.",
  })
  button: string | null;

  @Field(() => Date)
  updatedAt: Date;
}

@ObjectType('EmailTemplateKind', { description: 'What the words of one kind of mail may and must use.' })
export class EmailTemplateKindView {
  @Field(() => EmailKind)
  kind: MailKind;

  @Field(() => [String])
  variables: readonly string[];

  @Field(() => [String])
  required: readonly string[];

  @Field(() => Boolean)
  hasButton: boolean;
}

@InputType('EmailWordsInput')
export class EmailWordsInput {
  @Field(() => String, { description: `One line, at most 150 characters. ${words}` })
  subject: string;

  @Field(() => String, { description: `One line, at most 150 characters. ${words}` })
  heading: string;

  @Field(() => String, { description: `Paragraphs with empty lines between them. ${words}` })
  body: string;

  @Field(() => String, { nullable: true, description: `One line, at most 60 characters. ${words}` })
  button?: string | null;
}

@InputType('SaveEmailTemplateInput')
export class SaveEmailTemplateInput extends ProjectInput {
  @Field(() => EmailKind)
  kind: MailKind;

  @Field(() => String, { description: 'en or de.' })
  language: string;

  @Field(() => EmailWordsInput)
  words: EmailWordsInput;
}

@InputType('RemoveEmailTemplateInput')
export class RemoveEmailTemplateInput extends ProjectInput {
  @Field(() => EmailKind)
  kind: MailKind;

  @Field(() => String)
  language: string;
}

@ArgsType()
export class EmailPreviewArgs extends ProjectArgs {
  @Field(() => EmailKind)
  kind: MailKind;

  @Field(() => String, { defaultValue: 'en' })
  language: string;

  @Field(() => EmailWordsInput, { nullable: true, description: 'Words that are not saved yet.' })
  draft?: EmailWordsInput | null;
}

@ObjectType('EmailPreview', { description: 'A mail with made-up names and a link that opens nothing.' })
export class EmailPreviewView {
  @Field(() => String)
  subject: string;

  @Field(() => String)
  text: string;

  @Field(() => String)
  html: string;
}

@ObjectType('EmailTemplatePayload')
export class EmailTemplatePayload {
  @Field(() => EmailTemplateView)
  emailTemplate: EmailTemplateView;
}

@ObjectType('RemoveEmailTemplatePayload')
export class RemoveEmailTemplatePayload {
  @Field(() => EmailKind)
  removedKind: MailKind;
}
