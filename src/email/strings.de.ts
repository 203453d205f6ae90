import type { english } from './strings.en.js';

/** Every German word of the mails. */
export const german: typeof english = {
  product: 'Carekey',
  greeting: 'Guten Tag {person},',
  greetingNameless: 'Guten Tag,',
  linkInFull: 'Wenn die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:',
  linkLife: 'Der Link gilt {life} und nur einmal.',
  codeLife: 'Der Code gilt {life} und nur einmal.',
  sentBy: 'Gesendet von {project}. Gesichert durch {product}.',
  sentByServer: 'Gesendet von {product}.',
  theApp: 'Ihr Konto',
  factors: {
    totp: 'die Authenticator-App',
    passkey: 'einen Passkey',
    'recovery-codes': 'die Wiederherstellungscodes',
    'email-code': 'den Code per E-Mail',
    all: 'alle zweiten Faktoren',
  },

  kinds: {
    'set-password': {
      subject: 'Willkommen bei {project}: Wählen Sie Ihr Passwort',
      heading: 'Willkommen bei {project}',
      text: 'Sie sind zu {project} eingeladen. Wählen Sie ein Passwort, dann ist Ihr Konto bereit.',
      textBy: '{inviter} lädt Sie zu {project} ein. Wählen Sie ein Passwort, dann ist Ihr Konto bereit.',
      button: 'Passwort wählen',
      notYou:
        'Sie wissen nicht, worum es geht? Dann brauchen Sie nichts zu tun: Ohne Sie wird kein Konto eröffnet.',
      why: 'Sie erhalten diese E-Mail, weil jemand bei {project} diese Adresse eingeladen hat.',
    },
    'welcome-to-project': {
      subject: 'Willkommen bei {project}',
      heading: 'Willkommen bei {project}',
      text: 'Sie sind zu {project} eingeladen. Melden Sie sich mit Ihrem Konto an und wählen Sie dann {project}.',
      textBy:
        '{inviter} lädt Sie zu {project} ein. Melden Sie sich mit Ihrem Konto an und wählen Sie dann {project}.',
      button: 'Anmelden',
      notYou:
        'Sie wissen nicht, worum es geht? Dann brauchen Sie nichts zu tun: Sie treten nur bei, wenn Sie es wählen.',
      why: 'Sie erhalten diese E-Mail, weil jemand bei {project} diese Adresse eingeladen hat.',
    },
    'reset-password': {
      subject: 'Passwort zurücksetzen bei {project}',
      heading: 'Passwort zurücksetzen',
      text: 'Jemand möchte das Passwort Ihres Kontos bei {project} zurücksetzen. Hier wählen Sie ein neues.',
      button: 'Neues Passwort wählen',
      notYou: 'Das waren nicht Sie? Dann brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
      why: 'Sie erhalten diese E-Mail, weil mit dieser Adresse ein neues Passwort angefordert wurde.',
    },
    'verify-email': {
      subject: 'E-Mail-Adresse bestätigen für {project}',
      heading: 'E-Mail-Adresse bestätigen',
      text: 'Bestätigen Sie, dass diese Adresse Ihnen gehört, damit {project} Sie erreichen kann.',
      button: 'Adresse bestätigen',
      notYou: 'Das waren nicht Sie? Dann brauchen Sie nichts zu tun: Die Adresse wird nicht verwendet.',
      why: 'Sie erhalten diese E-Mail, weil diese Adresse bei {project} angegeben wurde.',
    },
    'email-changed': {
      subject: 'Ihre E-Mail-Adresse bei {project} wurde geändert',
      heading: 'Ihre E-Mail-Adresse wurde geändert',
      text: 'Die E-Mail-Adresse Ihres Kontos ist jetzt {address}. Wenn Sie das waren, ist nichts zu tun.',
      textNew: 'Dies ist jetzt die E-Mail-Adresse Ihres Kontos. Melden Sie sich künftig mit ihr an.',
      button: 'Änderung rückgängig machen',
      notYou:
        'Das waren nicht Sie? Machen Sie die Änderung hier rückgängig: Damit werden auch alle abgemeldet, die Ihr Konto benutzen.',
      notYouNew: 'Das waren nicht Sie? Dann wenden Sie sich sofort an {project}.',
      why: 'Sie erhalten diese E-Mail, weil die Adresse eines Kontos bei {project} geändert wurde.',
    },
    'factor-added': {
      subject: 'Eine neue Anmeldeart wurde bei {project} hinzugefügt',
      heading: 'Ein zweiter Faktor wurde hinzugefügt',
      text: 'Die Anmeldung an Ihrem Konto kann jetzt Folgendes nutzen: {factor}. Wenn Sie das waren, ist nichts zu tun.',
      notYou: 'Das waren nicht Sie? Ändern Sie jetzt Ihr Passwort und wenden Sie sich an {project}.',
      why: 'Sie erhalten diese E-Mail, weil die Sicherheit Ihres Kontos geändert wurde.',
    },
    'factor-removed': {
      subject: 'Ein zweiter Faktor wurde bei {project} entfernt',
      heading: 'Ein zweiter Faktor wurde entfernt',
      text: 'Die Anmeldung an Ihrem Konto nutzt Folgendes nicht mehr: {factor}. Wenn Sie das waren, ist nichts zu tun.',
      textByAdmin:
        'Ein Administrator hat Ihre Anmeldung zurückgesetzt. Sie nutzt Folgendes nicht mehr: {factor}. Richten Sie es bei der nächsten Anmeldung neu ein.',
      notYou:
        'Sie haben nicht darum gebeten? Ändern Sie jetzt Ihr Passwort und wenden Sie sich an {project}.',
      why: 'Sie erhalten diese E-Mail, weil die Sicherheit Ihres Kontos geändert wurde.',
    },
    'new-sign-in': {
      subject: 'Neue Anmeldung an Ihrem Konto bei {project}',
      heading: 'Neue Anmeldung an Ihrem Konto',
      text: 'Ihr Konto wurde am {time} (UTC) von der Adresse {ip} benutzt. Wenn Sie das waren, ist nichts zu tun.',
      textDevice:
        'Ihr Konto wurde am {time} (UTC) mit {device} von der Adresse {ip} benutzt. Wenn Sie das waren, ist nichts zu tun.',
      textApp: 'Die App war {app}.',
      notYou:
        'Das waren nicht Sie? Ändern Sie jetzt Ihr Passwort und beenden Sie die Sitzung auf Ihrer Kontoseite.',
      why: 'Sie erhalten diese E-Mail, weil Ihr Konto von einem bisher unbekannten Browser benutzt wurde.',
    },
    'magic-link': {
      subject: 'Ihr Link zur Anmeldung: {app}',
      heading: 'Anmeldung: {app}',
      text: 'Öffnen Sie diesen Link auf dem Gerät, auf dem Sie sich anmelden möchten.',
      button: 'Anmelden',
      notYou:
        'Sie haben nicht darum gebeten? Dann brauchen Sie nichts zu tun. Geben Sie den Link nicht weiter.',
      why: 'Sie erhalten diese E-Mail, weil {project} Ihnen damit die Anmeldung ermöglicht.',
    },
    'email-code': {
      subject: 'Ihr Code: {app}',
      heading: 'Ihr Code: {app}',
      text: 'Geben Sie diesen Code dort ein, wo Sie danach gefragt werden:',
      notYou:
        'Sie haben nicht darum gebeten? Dann kennt jemand Ihr Passwort: Ändern Sie es. Geben Sie den Code nie weiter.',
      why: 'Sie erhalten diese E-Mail, weil sich jemand mit Ihrem Konto anmeldet.',
    },
  },
};
