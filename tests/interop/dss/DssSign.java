import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.pdf.pdfbox.PdfBoxNativeObjectFactory;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * Seals PDF files with EU DSS at PAdES-BASELINE-B: DssSign STORE.p12 PASSWORD, on standard input
 * "IN tab OUT tab PASSWORD-OF-THE-PDF" a line, one line of JSON a file: {"error": null or what was wrong}.
 */
public class DssSign {
    private final PrivateKey key;
    private final List<CertificateToken> chain = new ArrayList<>();
    private final String algorithm;

    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(args[0]), args[1].toCharArray());
        DssSign signer = new DssSign(store, args[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println("{\"error\":" + signer.attempt(line.split("\t", -1)) + "}");
            System.out.flush();
        }
    }

    DssSign(KeyStore store, String password) throws Exception {
        String alias = store.aliases().nextElement();
        key = (PrivateKey) store.getKey(alias, password.toCharArray());
        for (Certificate certificate : store.getCertificateChain(alias)) {
            chain.add(new CertificateToken((X509Certificate) certificate));
        }
        algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    }

    String attempt(String[] job) {
        try {
            seal(new File(job[0]), new File(job[1]), job[2]);
            return "null";
        } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
            return DssValidate.quoted(e);
        }
    }

    void seal(File in, File out, String password) throws Exception {
        PAdESService service = new PAdESService(new CommonCertificateVerifier());
        service.setPdfObjFactory(new PdfBoxNativeObjectFactory());
        DSSDocument document = new FileDocument(in);
        PAdESSignatureParameters parameters = new PAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.PAdES_BASELINE_B);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(chain.get(0));
        parameters.setCertificateChain(chain);
        parameters.setPasswordProtection(password.toCharArray());
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(service.getDataToSign(document, parameters).getBytes());
        SignatureValue value = new SignatureValue(
            SignatureAlgorithm.getAlgorithm(parameters.getEncryptionAlgorithm(), DigestAlgorithm.SHA256), signature.sign());
        service.signDocument(document, parameters, value).save(out.getPath());
    }
}
