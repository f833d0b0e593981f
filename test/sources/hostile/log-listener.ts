/** Listens to where logs go. Gives the function that ends it, and says what was written meanwhile. */
export function listenToLogs(): () => string {
  const written: string[] = [];
  const endings = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = ((...said: Parameters<typeof write>) => {
      written.push(String(said[0]));
      return write(...said);
    }) as typeof write;
    return () => (stream.write = write);
  });
  return () => {
    for (const end of endings) end();
    return written.join('');
  };
}
