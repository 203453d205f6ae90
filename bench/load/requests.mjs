/**
 * What one connection of a job sends, and what it demands of the answers: status 200 and every text of `expect`.
 *
 * `fixed` jobs go round a list of ready-made requests. `chain` jobs send the refresh token that the last answer of the
 * same family brought; a family belongs to one connection, so it is never refreshed twice at once.
 */
export function nextRequest(job, slot) {
  return job.chains ? chained(job, slot) : fixed(job, slot);
}

function fixed({ requests }, slot) {
  let at = slot;
  let sent;
  return {
    next: () => (sent = requests[at++ % requests.length]),
    check: (answer) => demand(answer, sent.expect),
  };
}

function chained({ request, chains, connections }, slot) {
  const own = chains.filter((_, index) => index % connections === slot);
  let at = -1;
  return {
    next() {
      at = (at + 1) % own.length;
      const token = encodeURIComponent(own[at].refreshToken);
      return { ...request, body: `${request.body}&refresh_token=${token}` };
    },
    check(answer) {
      demand(answer, request.expect);
      const { refresh_token: next } = JSON.parse(answer.body);
      if (!next || next === own[at].refreshToken) throw new Error('The refresh token was not rotated');
      own[at].refreshToken = next;
    },
  };
}

function demand({ status, body }, expect) {
  if (status === 200 && expect.every((text) => body.includes(text))) return;
  throw new Error(`Answered ${status}: ${body.slice(0, 300)}`);
}
