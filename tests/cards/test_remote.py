"""A token in another process, behind p11-kit's server, which is stopped and killed."""

import signal
import time

import bench
import harness
import manage
import parts
import software
from bench import cell


class Remote(
    manage.Software,
    manage.Unblocking,
    manage.Going,
    bench.Basics,
    software.Counter,
    software.Together,
    software.Tries,
    software.WaitedFor,
    software.Software,
):
    """SoftHSM2 in another process, behind p11-kit's server."""

    token = "p11-kit-remote"
    label = "seal"
    uri = "pkcs11:token=seal"
    ways = ("--style", "init-pin")  # behind p11-kit the module has another name
    key = "pkcs11:token=seal;object=seal-p256"
    how_it_crashed = "removed, or stopped answering"  # the module is another process, the client in ours is well

    def start(self):
        self.env["P11FAULT_MODULE"] = harness.SOFTHSM
        self.remote = parts.Remote(self.run_dir, harness.FAULT, "pkcs11:token=seal", self.env)
        self.addCleanup(self.remote.stop)
        self.module = self.remote.module
        self.env.update(self.remote.env)

    @cell("sign-ecdsa")
    def test_ecdsa(self):
        self.seals()

    @cell("sign-rsa", "sign-pss")
    def test_rsa(self):
        for args in ([], ["--pss"]):
            self.seals(*args, key="pkcs11:token=seal;object=seal-rsa3072")

    @cell("always")
    def test_always_authenticate(self):
        self.faults("always")
        self.seals()

    @cell("pull", "reinsert")
    def test_killed(self):
        """Before the login and during the signature: the next run finds the token again."""
        for moment, call in (("delay C_Login 1500", "C_GetSessionInfo|C_OpenSession"), ("delay C_Sign 1500", "C_SignInit")):
            with self.subTest(moment):
                self.write("p11.log", "")
                self.faults(moment)
                process = self.start_signing("in.pdf")
                self.wait_for_call(call, process)
                self.remote.signal(signal.SIGKILL)
                out, err = process.communicate(timeout=20)
                self.assertEqual((process.returncode, out), (77, ""), err)
                self.assertRegex(err, "(?i)^pades: .*(removed|gone|fail|device)")
                self.untouched()
        self.faults()
        self.seals()

    @cell("slow")
    def test_stopped_for_a_while(self):
        self.faults("delay C_Sign 300")
        self.write("p11.log", "")
        process = self.start_signing("in.pdf")
        self.wait_for_call("C_SignInit", process)
        self.remote.signal(signal.SIGSTOP)
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.remote.signal(signal.SIGCONT)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, err)
        self.is_sealed("in-signed.pdf")

    def wait_for_call(self, names, process):
        def called():
            self.assertIsNone(process.poll())
            return any(self.calls(name) for name in names.split("|"))

        parts.wait_until(called, 10, names)


if __name__ == "__main__":
    bench.main(parts.Remote.needs)
