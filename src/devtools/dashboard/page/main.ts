import { h, render } from 'preact'
import { App } from './app.ts'

const place = document.querySelector<HTMLElement>('#app')
if (place !== null) {
  const { token = '', access } = place.dataset
  render(h(App, { token, access: access === 'write' ? 'write' : 'read' }), place)
}
