// What can be put in the place of a piece of syntax so that the program is another one.
const operators = {
  ...{ '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'] },
  ...{ '===': ['!=='], '!==': ['==='], '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'] },
  ...{ '%': ['*'], '**': ['*'], '&': ['|'], '|': ['&'], '^': ['&'] },
  ...{ '<<': ['>>'], '>>': ['<<'], '>>>': ['<<'] },
}
const assignments = {
  ...{ '+=': '-=', '-=': '+=', '*=': '/=', '/=': '*=', '%=': '*=' },
  ...{ '&=': '|=', '|=': '&=', '^=': '|=', '<<=': '>>=', '>>=': '<<=', '>>>=': '<<=' },
  ...{ '??=': '=', '||=': '=', '&&=': '=' },
}
const comparisons = new Set(['<', '<=', '>', '>=', '===', '!==', 'in', 'instanceof'])
const loops = new Set(['ForStatement', 'WhileStatement', 'DoWhileStatement'])

/** Calls whose texts only say what is wrong. */
const complaint = /^(invalid|warn|expect[A-Z]\w*|\w*Error|super)$/

/** Texts to put in the place of a node, `parent[key]`; `''` for a statement that is taken away. */
export function changesOf(node, parent, key, text) {
  const of = (part) => text.slice(part.start, part.end)
  if (node.type.endsWith('Statement')) return isRemovable(node, parent, key) ? [''] : []
  if (parent.type === 'UnaryExpression' && parent.operator === 'delete') return []
  const changes = isAnswer(parent, key) ? answers(node, parent) : []
  switch (node.type) {
    case 'BinaryExpression':
      return [...changes, ...binaries(node, of, changes.length > 0)]
    case 'LogicalExpression':
      return [...changes, ...(node.operator === '??' ? [of(node.left)] : operands(node, of))]
    case 'UnaryExpression':
      if (changes.length > 1 || !['!', '-', '~'].includes(node.operator)) return changes
      return [...changes, of(node.argument)]
    case 'UpdateExpression': {
      const other = node.operator === '++' ? '--' : '++'
      return [...changes, node.prefix ? other + of(node.argument) : of(node.argument) + other]
    }
    case 'AssignmentExpression': {
      const other = assignments[node.operator]
      return other ? [...changes, `${of(node.left)} ${other} ${of(node.right)}`] : changes
    }
    case 'ArrayExpression':
      return node.elements.length > 0 ? [...changes, '[]'] : changes
    case 'TemplateLiteral':
      return parent.type === 'TaggedTemplateExpression' ? changes : [...changes, "''"]
    case 'ChainExpression':
      return [...changes, ...links(node).map((at) => withoutLink(text, node, at))]
    case 'Literal':
      return [...changes, ...literals(node)]
    default:
      return changes
  }
}

/** Whether the texts in a call are for people alone. */
export function isComplaint({ type, callee }) {
  if (type !== 'CallExpression' && type !== 'NewExpression') return false
  return complaint.test(callee.type === 'Super' ? 'super' : (callee.name ?? ''))
}

/** A body of one statement is taken away by its condition. */
function isRemovable({ type, expression, directive, argument }, parent, key) {
  if (parent.type === 'IfStatement' && key === 'consequent' && !parent.alternate) return false
  if (type === 'ExpressionStatement') {
    return (
      !directive && !(expression.type === 'CallExpression' && expression.callee.type === 'Super')
    )
  }
  if (type === 'BreakStatement') return parent.type !== 'SwitchCase'
  return (
    ['ContinueStatement', 'ThrowStatement'].includes(type) ||
    (type === 'ReturnStatement' && !argument)
  )
}

/** Whether it is what a condition, or a function, comes to. */
function isAnswer({ type, body, expression }, key) {
  return (
    key === 'test' ||
    (type === 'ReturnStatement' && key === 'argument') ||
    (type === 'ArrowFunctionExpression' && key === 'body' && expression && body !== null)
  )
}

function answers(node, parent) {
  if (loops.has(parent.type)) return ['false']
  if (parent.type === 'SwitchCase') return []
  const isCondition = ['IfStatement', 'ConditionalExpression'].includes(parent.type)
  if (isCondition || isTruth(node)) return ['true', 'false']
  const isPlain = node.type === 'Literal' || node.name === 'undefined'
  return isPlain ? [] : ['undefined']
}

function isTruth({ type, operator, left, right, expression }) {
  if (type === 'ParenthesizedExpression') return isTruth(expression)
  if (type === 'BinaryExpression') return comparisons.has(operator)
  if (type === 'LogicalExpression') return operator !== '??' && isTruth(left) && isTruth(right)
  return type === 'UnaryExpression' && operator === '!'
}

/** Not the opposite where both answers are put there. */
function binaries({ operator, left, right }, of, isAnswered) {
  if (operator === '+' && [left, right].some(isText)) return []
  const others = operators[operator] ?? []
  const opposite = comparisons.has(operator) ? others.at(-1) : undefined
  return others
    .filter((other) => !isAnswered || other !== opposite)
    .map((other) => `${of(left)} ${other} ${of(right)}`)
}

function operands({ left, right }, of) {
  return [of(left), of(right)]
}

function isText({ type, value, operator, left, right }) {
  if (type === 'BinaryExpression' && operator === '+') return isText(left) || isText(right)
  return type === 'TemplateLiteral' || typeof value === 'string'
}

/** Where the links are that end a chain if there is nothing. */
function links(node) {
  const found = []
  for (let at = node.expression; at; at = at.object ?? at.callee ?? at.expression) {
    if (at.optional) found.push((at.object ?? at.callee).end)
  }
  return found
}

function withoutLink(text, { start, end }, at) {
  const link = text.indexOf('?.', at)
  const rest = text.slice(link + 2, end)
  return text.slice(start, link) + (/^[[(]/.test(rest) ? rest : `.${rest}`)
}

function literals({ value, bigint }) {
  if (bigint !== undefined && bigint !== null) return [`${BigInt(bigint) + 1n}n`]
  if (typeof value === 'number') return [`${value + 1}`]
  if (typeof value === 'string') return [value === '' ? "'other'" : "''"]
  return typeof value === 'boolean' ? [`${!value}`] : []
}
