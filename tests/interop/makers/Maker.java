import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;

import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * What the programs here have in common: PROGRAM STORE.p12 PASSWORD TSA-URL, on standard input "IN tab OUT tab
 * LEVEL tab KIND" a line, one line a file on standard output: "null" or what was wrong, quoted.
 * LEVEL is b or t (with a signature timestamp); the KINDs are each program's own.
 */
abstract class Maker {
    final PrivateKey key;
    final Certificate[] chain;
    final String tsa;

    Maker(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(args[0])) {
            store.load(in, args[1].toCharArray());
        }
        String alias = store.aliases().nextElement();
        key = (PrivateKey) store.getKey(alias, args[1].toCharArray());
        chain = store.getCertificateChain(alias);
        tsa = args[2];
    }

    abstract void sign(File in, File out, boolean stamped, String kind) throws Exception;

    void serve() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(attempt(line.split("\t", -1)));
            System.out.flush();
        }
    }

    private String attempt(String[] job) {
        try {
            sign(new File(job[0]), new File(job[1]), job[2].equals("t"), job[3]);
            return "null";
        } catch (Exception | LinkageError e) {
            return '"' + e.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ") + '"';
        }
    }
}
