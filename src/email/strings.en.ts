/**
 * Every English word of the mails. `{name}` marks a value. Each mail says what happened, what to do, and what if it was not
 * you; none tells a stranger whether an account exists.
 */
export const english = {
  product: 'Carekey',
  greeting: 'Hello {person},',
  greetingNameless: 'Hello,',
  linkInFull: 'If the button does not work, copy this address into your browser:',
  linkLife: 'The link works for {life} and only once.',
  codeLife: 'The code works for {life} and only once.',
  sentBy: 'Sent by {project}. Secured by {product}.',
  theApp: 'your account',
  factors: {
    totp: 'the authenticator app',
    passkey: 'a passkey',
    'recovery-codes': 'the recovery codes',
    'email-code': 'the code by e-mail',
    all: 'every second factor',
  },

  kinds: {
    'set-password': {
      subject: 'Welcome to {project}: choose your password',
      heading: 'Welcome to {project}',
      text: 'You are invited to join {project}. Choose a password, and your account is ready.',
      textBy: '{inviter} invites you to join {project}. Choose a password, and your account is ready.',
      button: 'Choose your password',
      notYou: 'You do not know what this is about? Then do nothing: no account is opened without you.',
      why: 'You get this mail because somebody at {project} invited this address.',
    },
    'welcome-to-project': {
      subject: 'Welcome to {project}',
      heading: 'Welcome to {project}',
      text: 'You are invited to join {project}. Sign in with your account, then choose {project}.',
      textBy: '{inviter} invites you to join {project}. Sign in with your account, then choose {project}.',
      button: 'Sign in',
      notYou: 'You do not know what this is about? Then do nothing: you join only if you choose to.',
      why: 'You get this mail because somebody at {project} invited this address.',
    },
    'reset-password': {
      subject: 'Reset your password for {project}',
      heading: 'Reset your password',
      text: 'Somebody asked to reset the password of your account at {project}. Choose a new one here.',
      button: 'Choose a new password',
      notYou: 'It was not you? Then do nothing: your password stays as it is.',
      why: 'You get this mail because a new password was asked for with this address.',
    },
    'verify-email': {
      subject: 'Confirm your e-mail address for {project}',
      heading: 'Confirm your e-mail address',
      text: 'Confirm that this address is yours, so that {project} can reach you.',
      button: 'Confirm this address',
      notYou: 'It was not you? Then do nothing: the address is not used.',
      why: 'You get this mail because this address was given at {project}.',
    },
    'email-changed': {
      subject: 'Your e-mail address at {project} was changed',
      heading: 'Your e-mail address was changed',
      text: 'The e-mail address of your account is {address} now. If that was you, there is nothing to do.',
      textNew: 'This is the e-mail address of your account now. Use it to sign in from now on.',
      button: 'Undo the change',
      notYou: 'It was not you? Undo the change here: it also signs out everybody who uses your account.',
      notYouNew: 'It was not you? Then tell {project} at once.',
      why: 'You get this mail because the address of an account at {project} was changed.',
    },
    'factor-added': {
      subject: 'A new way to sign in was added at {project}',
      heading: 'A second factor was added',
      text: 'Signing in to your account can use {factor} now. If that was you, there is nothing to do.',
      notYou: 'It was not you? Change your password now, and tell {project}.',
      why: 'You get this mail because the security of your account was changed.',
    },
    'factor-removed': {
      subject: 'A second factor was removed at {project}',
      heading: 'A second factor was removed',
      text: 'Signing in to your account does not use {factor} any more. If that was you, there is nothing to do.',
      textByAdmin:
        'An admin reset how you sign in: your account does not use {factor} any more. Set it up again when you next sign in.',
      notYou: 'You did not ask for it? Change your password now, and tell {project}.',
      why: 'You get this mail because the security of your account was changed.',
    },
    'new-sign-in': {
      subject: 'New sign-in to your account at {project}',
      heading: 'New sign-in to your account',
      text: 'Your account was used on {time} (UTC) from the address {ip}. If that was you, there is nothing to do.',
      textDevice:
        'Your account was used on {time} (UTC) with {device} from the address {ip}. If that was you, there is nothing to do.',
      textApp: 'The app was {app}.',
      notYou: 'It was not you? Change your password now, and end the session on your account page.',
      why: 'You get this mail because your account was used from a browser that was not seen before.',
    },
    'magic-link': {
      subject: 'Your link to sign in to {app}',
      heading: 'Sign in to {app}',
      text: 'Open this link on the device where you want to sign in to {app}.',
      button: 'Sign in',
      notYou: 'You did not ask for it? Then do nothing, and do not pass the link on.',
      why: 'You get this mail because {project} sends it to this address to let you sign in.',
    },
    'email-code': {
      subject: 'Your code for {app}',
      heading: 'Your code for {app}',
      text: 'Type this code where you are asked for it:',
      notYou: 'You did not ask for it? Then somebody knows your password: change it. Never pass the code on.',
      why: 'You get this mail because somebody signs in with your account.',
    },
  },
};
