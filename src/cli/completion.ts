import { type Command, command, type Flag, type Registered, UsageError } from './command.ts'

/** What a shell needs to know of a command. */
interface Described {
  readonly name: string
  readonly summary: string
  readonly flags: readonly (readonly [name: string, flag: Flag])[]
  /** What stands beside the options is a file. */
  readonly takesFiles: boolean
}

const shells: Readonly<Record<string, (described: readonly Described[]) => string>> = {
  bash: forBash,
  zsh: forZsh,
}

/**
 * Prints what completes commands, options, their values and files: `eval "$(npx hotset completion
 * bash)"` in `~/.bashrc`, or `eval "$(npx hotset completion zsh)"` in `~/.zshrc`, after `compinit`.
 * `--json` prints all commands with their options.
 */
export function completionOf(commands: readonly Registered[]): Command {
  return command({
    details: `
Prints what makes a shell complete the commands and options of this tool:
  bash: eval "$(hotset completion bash)" in ~/.bashrc
  zsh:  eval "$(hotset completion zsh)" in ~/.zshrc, after compinit`,
    operands: [{ name: 'shell', expected: 'a shell: bash or zsh' }],
    flags: { json: { help: 'prints the commands and their options' } },
    async run([shell = ''], { json }, { stdout }) {
      const write = Object.hasOwn(shells, shell) ? shells[shell] : undefined
      if (write === undefined) throw new UsageError(`Expected bash or zsh, got ${shell}`)
      const described = await Promise.all(commands.map(describe))
      stdout.write(json ? `${JSON.stringify(described, undefined, 2)}\n` : write(described))
    },
  })
}

async function describe({ name, summary, load }: Registered): Promise<Described> {
  const { flags, operands = [] } = await load()
  const help: [string, Flag] = ['help', { help: 'this text' }]
  const takesFiles = operands.some(({ isFile }) => isFile)
  return { name, summary, flags: [...Object.entries(flags), help], takesFiles }
}

function forBash(described: readonly Described[]): string {
  const cases = described.map(({ name, flags, takesFiles }) => {
    const namesByReply = new Map<string, string[]>()
    for (const [flag, { value, choices, isFile }] of flags) {
      if (value === undefined) continue
      const reply = isFile
        ? '_hotset_files; '
        : choices === undefined
          ? ''
          : `COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); `
      namesByReply.set(reply, [...(namesByReply.get(reply) ?? []), `--${flag}`])
    }
    const values = [...namesByReply].map(
      ([reply, names]) => `        ${names.join('|')}) ${reply}return ;;`,
    )
    const options = flags.map(([flag]) => `--${flag}`).join(' ')
    return `    ${name})
      case $previous in
${[...values, '        *) ;;'].join('\n')}
      esac
      options="${options}" files=${takesFiles ? 'yes' : ''}
      ;;`
  })
  return `# Completion of hotset for bash
_hotset_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$word"))
}
_hotset() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} options='' files=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${described.map(({ name }) => name).join(' ')} --help --version" -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) return ;;
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) [ -z "$files" ] || _hotset_files ;;
  esac
}
complete -o filenames -F _hotset hotset
`
}

function forZsh(described: readonly Described[]): string {
  const names = described.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  const cases = described.map(({ name, flags, takesFiles }) => {
    const specs = flags.map(([flag, { value, help, choices, isFile }]) => {
      const text = `--${flag}[${help.replace(/[[\]:\\]/g, '\\$&')}]`
      if (value === undefined) return quoted(text)
      const action = isFile ? '_files' : choices === undefined ? ' ' : `(${choices.join(' ')})`
      return quoted(`${text}:${value.replaceAll(':', '\\:')}:${action}`)
    })
    if (takesFiles) specs.push(quoted('*:file:_files'))
    return `    ${name}) _arguments ${specs.join(' \\\n      ')} ;;`
  })
  return `#compdef hotset
# Completion of hotset for zsh
_hotset() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
compdef _hotset hotset
`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
