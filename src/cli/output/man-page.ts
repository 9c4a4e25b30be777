import type { Definition } from 'clipanion';
import { VERSION } from '../../core/version.ts';
import { cliOf, withPath } from '../cli-of.ts';
import { COMMANDS } from '../main.ts';
import { CONFIGURATION, commandRows, describe, EXAMPLES, EXIT_CODE_HELP, SUMMARY, USAGES } from './help.ts';
import { type OptionText, optionGroups } from './option-groups.ts';
import { usageOf } from './suggest-usage.ts';

/**
 * Makes the man page, in the macros of man(7), from what the help is made of.
 *
 * @param date Date of the page: `2026-11-30`.
 */
export function manPage(date: string): string {
  const definitions = COMMANDS.flatMap((command) => {
    const [path = []] = command.paths.filter((each) => each.length > 0);
    return cliOf([withPath(command, path)]).definitions();
  });
  return [
    `.TH S3\\-BACKUP 1 ${date} "s3\\-backup ${escaped(VERSION)}" "User Commands"`,
    // No hyphenation, and a ragged margin: commands and options stay as they are typed.
    '.nh\n.ad l',
    section('NAME', 's3\\-backup \\- move or copy files to S3, and delete only what S3 has proved'),
    section('SYNOPSIS', USAGES.map((usage) => `.B ${escaped(usage)}`).join('\n.br\n')),
    section('DESCRIPTION', line(SUMMARY)),
    section(
      'COMMANDS',
      commandRows(definitions)
        .map(([name, about]) => term(bold(name), about))
        .join('\n'),
    ),
    ...definitions.map(commandSection),
    section('EXIT STATUS', EXIT_CODE_HELP.map(([code, about]) => term(bold(code), about)).join('\n')),
    section('EXAMPLES', EXAMPLES.map(([command, about]) => term(bold(command), about)).join('\n')),
    section('FILES', line(CONFIGURATION)),
    section('SEE ALSO', `.BR aws (1),\n.BR rclone (1)`),
  ]
    .join('\n')
    .concat('\n');
}

function commandSection(definition: Definition): string {
  const groups = optionGroups(definition).map(({ title, options }) =>
    [`.SS ${escaped(title)}`, ...options.map((option) => term(labelOf(option), option.about))].join('\n'),
  );
  const usage = usageOf(definition);
  const [, name = ''] = usage.split(' ');
  return [
    section(`S3-BACKUP ${name.toUpperCase()}`, `.B ${escaped(usage)}\n.PP\n${line(describe(definition))}`),
    ...groups,
  ].join('\n');
}

/** The names in bold, the placeholder in italics, as man pages have them. */
function labelOf({ names, value }: OptionText): string {
  const shown = [...names]
    .sort((a, b) => a.length - b.length)
    .map(bold)
    .join(', ');
  return value === undefined ? shown : `${shown} \\fI${escaped(value)}\\fR`;
}

function section(title: string, body: string): string {
  return `.SH "${escaped(title)}"\n${body}`;
}

function term(label: string, about: string): string {
  return `.TP\n${label}\n${line(about)}`;
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** A line of text: one that begins with a dot or a quote would be a request. */
function line(text: string): string {
  return escaped(text).replace(/^(?=[.'])/, '\\&');
}

/** Escapes what roff reads as something else: a hyphen would be typeset, and could not be searched for or copied. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('"', '\\(dq');
}
