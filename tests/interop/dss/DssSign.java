import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.pdf.pdfbox.PdfBoxNativeObjectFactory;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Seals PDF files with EU DSS: DssSign STORE.p12 PASSWORD, on standard input "IN tab OUT tab
 * PASSWORD-OF-THE-PDF [tab LEVEL]" a line, one line of JSON a file: {"error": null or what was wrong}.
 * LEVEL is B (as when left out), T, LT or LTA, or extend-T, extend-LT, extend-LTA, which make no new seal.
 * All but B need: DssSign STORE.p12 PASSWORD TSA-URL TRUST.pem... Certificates and revocation data are fetched
 * from where the certificates say. An RSA key signs with PKCS#1 v1.5, with RSASSA-PSS when its certificate is
 * signed so.
 */
public class DssSign {
    private final PrivateKey key;
    private final List<CertificateToken> chain = new ArrayList<>();
    private final CommonCertificateVerifier verifier;
    private final EncryptionAlgorithm algorithm;
    private final String tsa;

    public static void main(String[] args) throws Exception {
        DssSign signer = new DssSign(args);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println("{\"error\":" + signer.attempt(line.split("\t", -1)) + "}");
            System.out.flush();
        }
    }

    DssSign(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(args[0]), args[1].toCharArray());
        String alias = store.aliases().nextElement();
        key = (PrivateKey) store.getKey(alias, args[1].toCharArray());
        for (Certificate certificate : store.getCertificateChain(alias)) {
            chain.add(new CertificateToken((X509Certificate) certificate));
        }
        boolean pss = chain.get(0).getSignatureAlgorithm().getEncryptionAlgorithm() == EncryptionAlgorithm.RSASSA_PSS;
        algorithm = pss ? EncryptionAlgorithm.RSASSA_PSS : key.getAlgorithm().equals("RSA")
            ? EncryptionAlgorithm.RSA : EncryptionAlgorithm.ECDSA;
        tsa = args.length > 2 ? args[2] : null;
        verifier = tsa == null ? new CommonCertificateVerifier()
            : DssValidate.verifier(DssValidate.trusted(Arrays.copyOfRange(args, 3, args.length)));
    }

    String attempt(String[] job) {
        try {
            String level = job.length > 3 ? job[3] : "B";
            if (level.startsWith("extend-")) {
                extend(new File(job[0]), new File(job[1]), job[2], level.substring("extend-".length()));
            } else {
                seal(new File(job[0]), new File(job[1]), job[2], level);
            }
            return "null";
        } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
            return DssValidate.quoted(e);
        }
    }

    PAdESService service() {
        PAdESService service = new PAdESService(verifier);
        service.setPdfObjFactory(new PdfBoxNativeObjectFactory());
        if (tsa != null) {
            service.setTspSource(new OnlineTSPSource(tsa));
        }
        return service;
    }

    static PAdESSignatureParameters parameters(String password, String level) {
        PAdESSignatureParameters parameters = new PAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.valueOf("PAdES_BASELINE_" + level));
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setPasswordProtection(password.toCharArray());
        parameters.setContentSize(24576); // RSA certificates and a timestamp need more than the default
        return parameters;
    }

    void extend(File in, File out, String password, String level) throws Exception {
        service().extendDocument(new FileDocument(in), parameters(password, level)).save(out.getPath());
    }

    void seal(File in, File out, String password, String level) throws Exception {
        PAdESService service = service();
        DSSDocument document = new FileDocument(in);
        PAdESSignatureParameters parameters = parameters(password, level);
        parameters.setSigningCertificate(chain.get(0));
        parameters.setEncryptionAlgorithm(algorithm);
        parameters.setCertificateChain(chain);
        Signature signature = signature();
        signature.initSign(key);
        signature.update(service.getDataToSign(document, parameters).getBytes());
        SignatureValue value = new SignatureValue(
            SignatureAlgorithm.getAlgorithm(algorithm, DigestAlgorithm.SHA256), signature.sign());
        service.signDocument(document, parameters, value).save(out.getPath());
    }

    Signature signature() throws Exception {
        if (algorithm == EncryptionAlgorithm.RSASSA_PSS) {
            Signature signature = Signature.getInstance("RSASSA-PSS");
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            return signature;
        }
        return Signature.getInstance(algorithm == EncryptionAlgorithm.RSA ? "SHA256withRSA" : "SHA256withECDSA");
    }
}
