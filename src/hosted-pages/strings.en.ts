/**
 * Every English word of the hosted pages. `{name}` marks a value: `phrase()` escapes it and sets it off.
 * Sentences say what happened, then what to do; none tells a stranger whether an account exists.
 */
export const english = {
  product: 'Carekey',
  securedBy: 'Secured by {product}',
  signingInTo: 'Signing in to {app}',
  titleError: 'Error: {title}',
  problemsTitle: 'Please look at this again',
  back: 'Back',
  referenceLabel: 'Reference for support: {id}',

  fields: {
    email: 'E-mail address',
    password: 'Password',
    newPassword: 'Choose a password',
    givenName: 'Given name',
    familyName: 'Family name',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    passwordCleared: 'What you type in the password field is readable now. Type your password again.',
    passwordHidden: 'What you type in the password field is hidden now. Type your password again.',
    emailMissing: 'The e-mail address is missing. Type it in.',
    emailMalformed: 'This is not a complete e-mail address. Write it like name@example.org.',
    passwordMissing: 'The password is missing. Type it in.',
    oldPasswordMissing: 'Your current password is missing. Type it in.',
    newPasswordMissing: 'The new password is missing. Type it in.',
    givenNameMissing: 'The given name is missing. Type it in.',
    familyNameMissing: 'The family name is missing. Type it in.',
    tooLong: 'This is longer than anything that can be right here. Check it, then try again.',
  },

  signIn: {
    title: 'Sign in',
    submit: 'Sign in',
    cancel: 'Cancel and go back to {app}',
    wrong: 'This e-mail address and password do not belong together. Check both, then try again.',
    tooMany: 'There were too many attempts to sign in. Wait {wait}, then try again.',
    forgotten: 'Forgotten your password?',
    ready: 'Your account is ready. Sign in with the password you just chose.',
    again: 'The app asks you to sign in again.',
    beforeChange: 'Sign in again before you change how you sign in.',
    otherPerson:
      'The app asks for another person than the one who is signed in here. Sign in as that person.',
    noMembership:
      'The account you are signed in with is not a member here. Sign in with another account, or go back to the app.',
  },

  account: {
    title: 'Choose an account',
    intro: 'Which account do you want to use?',
    go: 'Continue',
    other: 'Use another account',
    otherHint: 'Signs this account out of this browser once you have signed in.',
    cancel: 'Cancel and go back to {app}',
  },

  choose: {
    title: 'Choose a profile',
    intro: 'Signed in as {person}. Choose how to go on.',
    inProject: '{type} at {project}',
    accept: 'Accept and continue',
    acceptHint: 'You were invited. Choosing this accepts the invitation.',
    go: 'Continue',
    cancel: 'Cancel and go back to {app}',
  },

  consent: {
    title: 'Allow access?',
    whoAsks: '{app} asks for access to your account at {project}.',
    signedInAs: 'You are signed in as {person}.',
    asProfile: 'It would act as {profile}.',
    scopesTitle: 'If you allow it, the app may',
    always: 'always needed',
    howLongTitle: 'For how long',
    untilSignOut: 'For a short time: until its access runs out, or until you sign out.',
    untilTakenBack:
      'With “Stay connected” ticked: until you sign out, or disconnect the app on your account page. Without: for a short time, until its access runs out.',
    technicalNames: 'Technical names',
    allow: 'Allow',
    deny: 'Don’t allow',
  },

  scopes: {
    openid: 'Know that it is you',
    profile: 'See your name and your profile',
    email: 'See your e-mail address',
    offline_access: 'Stay connected while you are away',
    offline: 'Stay connected while you are away',
    fhirUser: 'Know which health record profile is yours',
    'launch/patient': 'Know whose health record it works with',
    other: 'Use the permission “{scope}”',
  },

  /** Scopes for health records: "Read and change lab results and measurements in your own health record". */
  smart: {
    read: 'read',
    create: 'add',
    update: 'change',
    delete: 'delete',
    ofPatient: '{can} {what} in your own health record',
    ofUser: '{can} {what} that you have access to',
    ownDetails: '{can} your personal details',
    only: '(only where {conditions})',
    condition: 'the {name} is {value}',
    /** For a condition that has no plain words. */
    asWritten: '“{condition}” holds',
    otherType: 'entries of the kind “{type}”',
    types: {
      '*': 'everything',
      AllergyIntolerance: 'allergies',
      Appointment: 'appointments',
      CarePlan: 'care plans',
      Condition: 'diagnoses and problems',
      Coverage: 'insurance cover',
      DiagnosticReport: 'reports',
      DocumentReference: 'documents',
      Encounter: 'visits',
      Immunization: 'vaccinations',
      MedicationRequest: 'prescriptions',
      MedicationStatement: 'medicines',
      Observation: 'lab results and measurements',
      Organization: 'organisations',
      Patient: 'personal details of patients',
      Practitioner: 'details of care professionals',
      Procedure: 'procedures',
      QuestionnaireResponse: 'answers to questionnaires',
      RelatedPerson: 'details of relatives',
    },
  },

  me: {
    title: 'Your account',
    profileTitle: 'You',
    membershipsTitle: 'Memberships',
    noMemberships: 'You are not a member of any project yet. An admin of a project can invite you.',
    membershipLine: '{type} at {project}',
    pending: 'invited, not accepted yet',
    accept: 'Accept',
    acceptNamed: 'Accept the invitation of {project}',
    accepted: 'The invitation is accepted.',
    sessionsTitle: 'Where you are signed in',
    thisSession: 'this device',
    sessionTimes: 'Signed in {signedIn}, last used {lastUsed}',
    fromAddress: 'From {address}',
    endSession: 'Sign out this session',
    endSessionNamed: 'Sign out this session: {device}',
    ended: 'That session is signed out.',
    appsTitle: 'Connected apps',
    noApps: 'No app is connected to your account.',
    appLine: 'For {project}, since {when}',
    appLineServer: 'Since {when}',
    appMay: 'It may:',
    appLastUsed: 'Last used {when}',
    appRemembered: 'Not signed in now. It may come back without asking you again.',
    disconnect: 'Disconnect',
    disconnectNamed: 'Disconnect {app}',
    changePassword: 'Change your password',
    factors: 'Second step of signing in',
    passwordChanged: 'Your password is changed. You are signed out everywhere but here.',
    disconnected: 'The app is disconnected. It has to ask you again.',
    signOut: 'Sign out',
    signOutElsewhere: 'Sign out everywhere else',
    signOutElsewhereHint:
      'Ends your other sessions and the access of every app that was not given it from here.',
    signedOutElsewhere: 'You are signed out everywhere but here.',
    signOutEverywhere: 'Sign out everywhere',
    signOutEverywhereHint: 'Ends every session and takes back every app’s access.',
  },

  password: {
    title: 'Change your password',
    intro:
      'This signs you out everywhere but in this browser. Apps have to come back for their access; what you allowed them stays.',
    old: 'Current password',
    new: 'New password',
    newHint: 'A few words in a row are easy to remember. Pasting from a password manager works.',
    submit: 'Change the password',
    cancel: 'Back to your account',
    wrong: 'This is not your current password. Check it, then try again.',
  },

  secondFactor: {
    title: 'Second step',
    kinds: {
      totp: {
        intro: 'Open your authenticator app and type the six digits that it shows for this account.',
        label: 'Code of your authenticator app',
        use: 'Use your authenticator app',
      },
      'recovery-code': {
        intro: 'Type one of the recovery codes that you kept. Each works once.',
        label: 'Recovery code',
        use: 'Use a recovery code',
      },
    },
    missing: 'The code is missing. Type it in.',
    wrong: 'This code is not right, or it was used before. Wait for the next one, then try again.',
    tooMany: 'There were too many wrong codes. Wait {wait}, then sign in again.',
    submit: 'Continue',
    cancel: 'Cancel and go back to {app}',
    other: 'Another way',
    lost: 'If none of this is left, ask an admin of your organisation to reset your second step.',
  },

  enrol: {
    title: 'Set up an authenticator app',
    needed: 'Signing in here takes a second step: a code from an app on your phone.',
    scan: 'Scan this picture with the app. It then shows a new code of six digits every half minute.',
    picture: 'QR code with the setup key below',
    byHand: 'No camera? Type this key into the app:',
    code: 'Code that the app shows now',
    submit: 'Set up',
    expired:
      'The picture is older than ten minutes. Scan the new one, and remove the old entry from the app.',
    cancel: 'Back',
  },

  recovery: {
    title: 'Your recovery codes',
    intro:
      'Print or write these down and keep them where nobody else finds them. Each signs you in once, should your phone be lost. They are shown this once only.',
    go: 'I have kept them',
  },

  factors: {
    title: 'Second step of signing in',
    intro: 'With a second step nobody gets in with your password alone.',
    none: 'You have no second step yet.',
    totp: 'Authenticator app',
    since: 'Set up {when}, last used {lastUsed}',
    codesLeft: 'Recovery codes: {count} left',
    newCodes: 'Make new recovery codes',
    newCodesHint: 'The ones from before stop working.',
    addApp: 'Set up an authenticator app',
    remove: 'Remove',
    removeNamed: 'Remove: {factor}',
    removed: 'It is removed. Sign out everywhere else, should somebody else have it.',
    required: 'This is the last one, and a second step is demanded of you. Set up another one first.',
    back: 'Back to your account',
  },

  reset: {
    title: 'Forgotten your password?',
    intro: 'Type in the e-mail address that you sign in with. We send you a link to choose a new password.',
    submit: 'Send the link',
    back: 'Back to the sign-in page',
    sent: {
      title: 'Look into your mailbox',
      explanation:
        'If an account has this address, a mail with a link is on its way. The link works once, for one hour.',
      whatToDo: 'Nothing there after some minutes? Look among the unwanted mail, then check the address.',
    },
  },

  setPassword: {
    inviteTitle: 'Welcome',
    inviteIntro: 'You were invited to {project}. Your account is {person}.',
    inviteHint: 'Go on to choose a password. With that you accept the invitation.',
    open: 'Go on',
    resetTitle: 'Choose a new password',
    resetIntro: 'For the account {person}. This signs you out everywhere.',
    hint: 'At least {minimum} characters. A few words in a row are easy to remember. Pasting from a password manager works.',
    submit: 'Set the password',
    gone: {
      title: 'This link does not work',
      explanation: 'It has been used, or its time has run out, or it was not copied in full.',
      whatToDo: 'If you have chosen a password already, sign in with it. Otherwise ask for a new link.',
      again: 'Ask for a new link',
    },
  },

  verifyEmail: {
    title: 'Confirm your e-mail address',
    intro: 'Press the button to confirm that this address is yours.',
    submit: 'Confirm',
    done: {
      title: 'Your address is confirmed',
      explanation: 'We know now that this e-mail address is yours.',
      whatToDo: 'You can close this window.',
    },
    gone: {
      title: 'This link does not work',
      explanation: 'It has been used, or its time has run out, or it was not copied in full.',
      whatToDo: 'Ask for a new one where you got it.',
    },
  },

  setup: {
    title: 'Set up Carekey',
    intro: 'This makes the first super admin of this server. The link works once.',
    passwordHint:
      'At least 15 characters. A few words in a row are easy to remember. Pasting from a password manager works.',
    submit: 'Create the account',
    gone: {
      title: 'This link does not work',
      explanation: 'It has been used, or more than one hour has passed, or it was not copied in full.',
      whatToDo: 'Run “npm run carekey -- admin create” on the server to make an admin account.',
    },
  },

  home: {
    title: 'Carekey',
    intro:
      'Sign-in and access for healthcare software. Apps send you here to sign in; you decide what they may do for you.',
    signIn: 'Sign in',
    account: 'Your account',
    accountHint: 'Profile, sessions, signing out',
    devApp: 'Try an app',
    devAppHint: 'Sign in with code and PKCE in your browser, and look at the tokens',
    mailbox: 'Mailbox',
    mailboxHint: 'The mail of this server, as long as it has no mail server',
    api: 'API description',
    apiHint: 'Every endpoint, with what goes in and out',
    discovery: 'OpenID configuration',
    discoveryHint: 'What apps need to know to connect',
  },

  mailbox: {
    title: 'Mailbox',
    intro: 'This server has no mail server, so its mail stays here. The newest is on top.',
    empty: 'There is no mail yet.',
    line: 'To {to}, {when}',
    asHtml: 'Show “{subject}” as it would look',
  },

  signOut: {
    title: 'Sign out?',
    appAsks: '{app} asks to sign you out.',
    signedInAs: 'You are signed in as {person}.',
    whatEnds:
      'This ends your session in this browser, and the access of every app that you signed in to from here.',
    yes: 'Sign out',
    no: 'Stay signed in',
  },

  signedOut: {
    title: 'You are signed out',
    here: 'This browser is signed out.',
    everywhere: 'Every session of yours is signed out, and no app can act for you any more.',
    whatToDo: 'You can close this window.',
    again: 'Sign in again',
  },

  devApp: {
    title: 'Try an app',
    intro: 'This page is an app. It signs you in with the authorization code flow and PKCE, in this browser.',
    needsScript: 'An app in the browser needs JavaScript. Allow it for this page, then load it again.',
    start: 'Sign in with this app',
    refresh: 'Refresh tokens',
    userinfo: 'Ask for userinfo',
    signOut: 'Sign out of this app',
    scopeLabel: 'Scope to ask for',
    idToken: 'ID token',
    accessToken: 'Access token',
    response: 'Token response',
    userinfoTitle: 'Userinfo',
    signedIn: 'Signed in. Below is what this app holds now.',
    refreshed: 'Refreshed. Below are the new tokens.',
    signedOut: 'This app has thrown its tokens away and told the server so.',
    failed: 'This did not work: {reason}',
    state: 'The answer does not belong to a request of this page. Start again.',
    noClient:
      'The app of this page is not registered. Start the server on an empty database, or register one.',
  },

  messages: {
    badRequest: {
      title: 'This did not work',
      explanation: 'The page was sent in a form that this server does not accept.',
      whatToDo: 'Go back, load the page again, then try once more.',
    },
    staleForm: {
      title: 'This page is out of date',
      explanation: 'It was opened in another browser, or cookies were cleared, or it did not come from here.',
      whatToDo: 'Go back to the app and start again. Cookies must be allowed for this site.',
    },
    notFound: {
      title: 'There is no such page',
      explanation: 'The address leads nowhere.',
      whatToDo: 'Check the address, or start from the home page.',
    },
    gone: {
      title: 'This sign-in has ended',
      explanation: 'It was finished already, took too long, or was started in another browser.',
      whatToDo: 'Go back to the app and sign in again.',
    },
    forbidden: {
      title: 'This is not allowed',
      explanation: 'Your account may not do this.',
      whatToDo: 'Ask an admin of the project.',
    },
    tooMany: {
      title: 'Too many requests',
      explanation: 'There were more requests than this server takes at once.',
      whatToDo: 'Wait {wait}, then try again.',
    },
    unexpected: {
      title: 'Something failed on our side',
      explanation: 'Nothing was changed.',
      whatToDo: 'Try again in a moment. If it stays like this, give the reference below to support.',
    },
    unavailable: {
      title: 'The server is busy',
      explanation: 'It could not take your request right now. Nothing was changed.',
      whatToDo: 'Wait {wait}, then try again.',
    },
    home: 'Home page',
  },

  /** FHIR profile types in plain words. */
  profileTypes: {
    Practitioner: 'Practitioner',
    Patient: 'Patient',
    RelatedPerson: 'Related person',
    ClientApplication: 'App',
    Bot: 'Bot',
    other: 'Member',
  },

  devices: {
    browserOn: '{browser} on {system}',
    unknownBrowser: 'A browser',
    unknownSystem: 'an unknown system',
  },

  /** Plural forms as `Intl.PluralRules` names them. */
  waits: {
    seconds: { one: '{count} second', other: '{count} seconds' },
    minutes: { one: '{count} minute', other: '{count} minutes' },
    hours: { one: '{count} hour', other: '{count} hours' },
  },
};
