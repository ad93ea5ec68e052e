/** The reference page of the records, docs/records.md, made from their declaration. */
import type { Fields, FieldType } from './declared/field.js';
import { BODY, CERTIFICATE } from './declared/parts.js';
import { RECORD_TYPES } from './declared/records.js';
import { CSV_COLUMNS } from './field-names.js';

/** The page, as Markdown. */
export function recordReference(): string {
  const sections = [
    ...RECORD_TYPES.map(({ name, description, fields }) => section(`\`${name}\``, description, fields)),
    section(
      'body',
      'a MIME entity: the body of a message, a part of a multipart, the content of CMS',
      BODY.fields,
    ),
    section('certificate', 'an X.509 certificate', CERTIFICATE.fields),
  ];
  const columns = CSV_COLUMNS.map((column) => `\`${column}\``);
  return `${HEADING}\n${sections.join('\n')}\n## CSV\n\nThe columns of \`--format csv\` without \`--fields\`: ${columns.join(', ')}.\n`;
}

const HEADING = `# Records

The records of \`siplens export\`, one JSON object per line. This page is made from their declaration in
\`src/report/records/declared/\` by \`npm run schema\`; [siplens.schema.json](siplens.schema.json) is the same as a JSON Schema.
Fields stand in the order in which a record has them. A field marked \`?\` is absent where there is nothing to say. A name
after a point is a field of an object; \`[]\` marks a list. \`body\` and \`certificate\` have tables of their own.
`;

function section(title: string, description: string, fields: Fields): string {
  const rows = Object.entries(fields).flatMap(([name, field]) => rowsOf(name, field));
  return [
    `## ${title}`,
    '',
    sentence(description),
    '',
    '| field | type | |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function rowsOf(path: string, { type, description, isOptional }: Fields[string]): string[] {
  const row = `| \`${path}${isOptional ? '?' : ''}\` | ${typeName(type)} | ${description.replaceAll('|', '\\|')} |`;
  const inner = innerObject(type);
  if (inner === undefined) return [row];
  const before = type.kind === 'list' ? `${path}[].` : `${path}.`;
  return [row, ...Object.entries(inner).flatMap(([name, field]) => rowsOf(`${before}${name}`, field))];
}

/** Fields of an object that has no table of its own. */
function innerObject(type: FieldType): Fields | undefined {
  if (type.kind === 'list') return innerObject(type.of);
  return type.kind === 'object' && type.fields !== CERTIFICATE.fields ? type.fields : undefined;
}

function typeName(type: FieldType): string {
  switch (type.kind) {
    case 'choice':
      return type.values.map((value) => `\`${value}\``).join(', ');
    case 'constant':
      return `\`${type.value}\``;
    case 'list':
      return `list of ${typeName(type.of)}`;
    case 'reference':
      return type.to;
    case 'object':
      return type.fields === CERTIFICATE.fields ? 'certificate' : 'object';
    default:
      return type.kind;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
