import { describe, expect, it } from 'vitest';
import { loginFormIn } from '../../../src/sources/ilias/login-form.ts';

const PAGE = 'https://ilias.example.org/lms/login.php?client_id=main';

describe('the form for user and password', () => {
  it('is found in a page of 5.4, with its button', () => {
    const html = `<form role="search" action="search.php"><input type="text" name="q"></form>
      <FORM method='post' action='ilias.php?cmd=post&amp;rtoken=' id="f">
        <input type="text" name="username" value=""><input type="password" name="password">
        <input type="submit" name="cmd[doStandardAuthentication]" value="Login">
      </FORM>`;
    expect(loginFormIn(html, PAGE)).toEqual({
      action: 'https://ilias.example.org/lms/ilias.php?cmd=post&rtoken=',
      fields: [['cmd[doStandardAuthentication]', 'Login']],
      user: 'username',
      password: 'password',
    });
  });

  it('is found in a page of 9, where fields have numbers', () => {
    const html = `<form action="/lms/ilias.php?cmd=x"><input name="login_form/input_3/input_4"/>
      <input name="login_form/input_3/input_5" type="password"/><input type="hidden" name="t" value="a&quot;b"/>
      <button class="btn" type="submit">Anmelden</button></form>`;
    expect(loginFormIn(html, PAGE)).toMatchObject({
      action: 'https://ilias.example.org/lms/ilias.php?cmd=x',
      fields: [['t', 'a"b']],
      user: 'login_form/input_3/input_4',
      password: 'login_form/input_3/input_5',
    });
  });

  it.each([
    '<h1>Dashboard</h1>',
    '<form action="x.php"><input type="text" name="q"></form>',
    '<form action="x.php"><input type="password" name="only"></form>',
    '<form action="http://["><input name="u"><input type="password" name="p"></form>',
    '<form action="x.php"><input name="u"><input type="password" name="p">',
  ])('is not found in %s', (html) => {
    expect(loginFormIn(html, PAGE)).toBeUndefined();
  });
});
