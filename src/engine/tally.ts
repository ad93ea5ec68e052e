/** What a run wrote; counts add up over files and workers. */
export type Tally = {
  files: number;
  packets: number;
  messages: number;
  entities: number;
  /** TLS connections by whether their content was reached. */
  opened: number;
  /** TLS connections in which nothing was sent under encryption. */
  unencrypted: number;
  partly: number;
  closed: number;
  findings: number;
  errors: number;
  records: number;
  /** Records that were left out, as they have none of the fields. */
  withoutFields: number;
};

export function emptyTally(): Tally {
  return {
    files: 0,
    packets: 0,
    messages: 0,
    entities: 0,
    opened: 0,
    unencrypted: 0,
    partly: 0,
    closed: 0,
    findings: 0,
    errors: 0,
    records: 0,
    withoutFields: 0,
  };
}

export function addTally(sum: Tally, part: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += part[name];
}

/** The end of a run in one sentence. */
export function summaryOf(tally: Tally, leftOut: number): string {
  const connections = [
    `${number(tally.opened)} decrypted`,
    ...(tally.partly === 0 ? [] : [`${number(tally.partly)} partly decrypted`]),
    `${number(tally.closed)} not decrypted`,
    ...(tally.unencrypted === 0 ? [] : [`${number(tally.unencrypted)} not encrypted`]),
  ].join(', ');
  const parts = [
    counted(tally.files, 'file'),
    counted(tally.packets, 'packet'),
    counted(tally.messages, 'message'),
    ...(tally.entities === 0 ? [] : [counted(tally.entities, 'entity', 'entities')]),
    `${counted(tally.opened + tally.partly + tally.closed + tally.unencrypted, 'TLS connection')} (${connections})`,
    counted(tally.findings, 'finding'),
    ...(tally.errors === 0 ? [] : [counted(tally.errors, 'error')]),
    ...(tally.withoutFields === 0
      ? []
      : [`${counted(tally.withoutFields, 'record')} without any of the fields left out`]),
    ...(leftOut === 0 ? [] : [`${counted(leftOut, 'other file')} left out`]),
  ];
  return parts.join('; ');
}

/** A number with its noun, as `1 packet`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}
