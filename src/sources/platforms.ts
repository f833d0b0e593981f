/** Addresses of systems f2git knows by sight and cannot read yet. Naming them beats "not understood". */

interface Platform {
  readonly system: string;
  readonly knows: (url: URL) => boolean;
}

const platforms: readonly Platform[] = [
  { system: 'OpenOlat', knows: ({ pathname }) => /\/(auth|url)\/RepositoryEntry\/\d+/.test(pathname) },
  { system: 'Google Drive', knows: ({ hostname }) => /^(drive|docs)\.google\.com$/.test(hostname) },
  { system: 'Seafile', knows: ({ pathname }) => /\/[df]\/[0-9a-f]{10,40}\/?$/.test(pathname) },
  { system: 'OneDrive', knows: ({ hostname }) => /^(1drv\.ms|onedrive\.live\.com)$|\.sharepoint\.com$/.test(hostname) },
];

/** The systems rclone can read. */
export const rcloneReads: ReadonlySet<string> = new Set([
  ...['Google Drive', 'OneDrive', 'Seafile'],
  ...['S3', 'FTP', 'SFTP', 'SMB'],
]);

const explicit: Readonly<Record<string, string>> = {
  s3: 'S3',
  ftp: 'FTP',
  sftp: 'SFTP',
  smb: 'SMB',
};

/** The system an address is of, by its path or host; undefined when it is none of these. */
export function platformOf(url: URL): string | undefined {
  return platforms.find(({ knows }) => knows(url))?.system;
}

/** The system an explicit form names: `studip+https://…`, `sftp://host/path`. */
export function platformNamed(text: string): string | undefined {
  const scheme = /^([a-z0-9]+)(?:\+https?)?:/i.exec(text)?.[1]?.toLowerCase();
  return scheme === undefined ? undefined : explicit[scheme];
}

/** Whether an address is a place where people sign in, which was copied instead of what lies behind it. */
export function isSignInPage({ pathname }: URL): boolean {
  return /\/(login|signin|sign_in|sso|saml2?|idp|oauth2?|cas|Shibboleth\.sso|adfs)(\/|\.php|$)/i.test(pathname);
}

/** Nextcloud's link to a file for its owner: whoever is not signed in sees nothing. */
export function isInternalLink({ pathname }: URL): boolean {
  return /^(\/[^/]+)?(\/index\.php)?\/f\/\d+$/.test(pathname);
}
