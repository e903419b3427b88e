/** The SDK names this class of the platform for letters, which no item here sends; workerd by itself has no such module. */
export class EmailMessage {}
