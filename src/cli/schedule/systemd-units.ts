import { unitCommand, unitText, unitWord } from './escape.ts';
import { DAYS, type Every, type Field, spreadSeconds } from './every.ts';
import { type Job, markOf } from './job.ts';

/**
 * What a run may do as a service of the system. The run needs: all files of other users and, to move them, the rights to delete
 * them and to see which of them are open (/proc); code that is compiled while it runs, as Node.js does; the network.
 */
const SANDBOX = [
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'PrivateMounts=yes',
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
];

/**
 * What holds for a service of a user, too. Its manager refuses to give up capabilities, and needs a user namespace for the rest of
 * the sandbox. There files of root seem to belong to `nobody`, and a run does not trust its configuration. docs/operations.md has
 * a table of what was tried.
 */
const SYSTEM_CALLS = [
  'LockPersonality=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
];

/** A folder for what a run remembers (`notify.on: change`). A user has one at home. */
const STATE = ['StateDirectory=s3-backup', 'StateDirectoryMode=0700'];

const READS_ALL = 'CAP_DAC_READ_SEARCH';
/** The folders of log, reports and metrics may belong to another user. */
const WRITES = 'CAP_DAC_OVERRIDE';
const MOVES = `${WRITES} CAP_FOWNER CAP_SYS_PTRACE`;

/** The text of the service. */
export function serviceText(job: Job): string {
  const { name, about, config, command, folder, sources } = job;
  return lines([
    markOf(job),
    `# To change it: systemctl ${job.forUser ? '--user ' : ''}edit ${name}.service`,
    '[Unit]',
    `Description=${unitText(about)}`,
    'Documentation=man:s3-backup(1)',
    `RequiresMountsFor=${[...sources, config].map(unitWord).join(' ')}`,
    ...(job.forUser ? [] : ['Wants=network-online.target', 'After=network-online.target']),
    '',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${unitText(folder)}`,
    `ExecStart=${unitCommand(command)}`,
    '# Stopped by a shutdown, or by systemctl stop. Exit code 2, some files failed, is a failure.',
    'SuccessExitStatus=143',
    'Nice=10',
    ...job.credentials.map((each) => `LoadCredential=${each.name}:${unitText(each.file)}`),
    ...(job.forUser ? [] : STATE),
    ...confinement(job),
  ]);
}

function confinement(job: Job): string[] {
  const { startsPrograms, forUser } = job;
  if (startsPrograms.length > 0)
    return [`# Not confined: ${startsPrograms.join(', ')} start programs, and nobody knows what they need.`];
  if (forUser) return ['NoNewPrivileges=yes', 'UMask=0077', ...SYSTEM_CALLS];
  const sharesTemporary = pathsOf(job).some(isTemporary);
  return [
    ...SANDBOX,
    ...SYSTEM_CALLS,
    // Records and reports begin in /tmp. One of its own would hide a source there. Locks are in /dev/shm, too, which is shared.
    ...(sharesTemporary ? [] : ['PrivateTmp=yes']),
    // A move looks whether other processes have a file open.
    ...(job.moves ? [] : ['ProtectProc=invisible']),
    `CapabilityBoundingSet=${[READS_ALL, ...(job.moves ? [MOVES] : job.writes.length > 0 ? [WRITES] : [])].join(' ')}`,
    ...paths('ReadOnlyPaths', job.moves ? [] : job.sources),
    ...paths('ReadWritePaths', [
      ...(job.moves ? job.sources : []),
      ...job.writes,
      ...(sharesTemporary ? ['/tmp'] : []),
    ]),
  ];
}

function pathsOf({ sources, writes, config, folder, command }: Job): string[] {
  return [...sources, ...writes, config, folder, ...command.slice(0, 2)];
}

function isTemporary(path: string): boolean {
  return /^\/(?:var\/)?tmp(?:\/|$)/.test(path);
}

/** A path that is missing is for the run to report. */
function paths(name: string, list: readonly string[]): string[] {
  const words = [...new Set(list)].map((path) => unitWord(`-${path}`));
  return words.length === 0 ? [] : [`${name}=${words.join(' ')}`];
}

/** The text of the timer. */
export function timerText(job: Job): string {
  return lines([
    markOf(job),
    `# To change it: s3-backup schedule --every ... --install`,
    '[Unit]',
    `Description=${unitText(job.about)}: ${job.every.text}`,
    '',
    '[Timer]',
    `OnCalendar=${calendarOf(job.every)}`,
    '# Machines that share a store do not all begin in the same second.',
    `RandomizedDelaySec=${spreadSeconds(job.every)}`,
    '# A run that was missed while the machine was off begins when it is on again.',
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]);
}

/** `Mon,Thu *-*-* 02:15:00` */
export function calendarOf({ days, hours, minutes }: Every): string {
  const names = days.length === 0 ? '' : `${days.map((day) => DAYS[day]).join(',')} `;
  return `${names}*-*-* ${fieldText(hours)}:${fieldText(minutes)}:00`;
}

function fieldText(field: Field): string {
  if (typeof field === 'number') return String(field).padStart(2, '0');
  return field.step === 1 ? '*' : `00/${field.step}`;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
