import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.enumerations.Level;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.pdf.pdfbox.PdfBoxNativeObjectFactory;
import eu.europa.esig.dss.policy.EtsiValidationPolicy;
import eu.europa.esig.dss.policy.ValidationPolicyFacade;
import eu.europa.esig.dss.policy.jaxb.ConstraintsParameters;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.http.commons.CommonsDataLoader;
import eu.europa.esig.dss.service.http.commons.OCSPDataLoader;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.simplereport.jaxb.XmlTimestamp;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.aia.DefaultAIASource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.StringJoiner;

/**
 * Validates PDF files with EU DSS: DssValidate [--offline] [--strict] TRUST.pem... , the files one a line
 * on standard input, behind each, parted by tabs, the password (of an encrypted one) and the time of the
 * validation in seconds since 1970 (else: now); both may be empty or left out.
 * One line of JSON a file, in the same order, as soon as it is judged. Certificates and revocation data
 * are fetched from where the certificates say; with --offline there is no source but the file and the
 * anchors. --strict: an algorithm whose time is over at the time of validation fails although that time
 * lay ahead when DSS's policy was written (the policy itself then only warns).
 * Exits 0 unless it cannot work at all: the judgement is in the lines.
 */
public class DssValidate {
    private static boolean offline;
    private static ValidationPolicy policy;

    public static void main(String[] args) throws Exception {
        List<String> anchors = new ArrayList<>();
        for (String arg : args) {
            if (arg.equals("--offline")) {
                offline = true;
            } else if (arg.equals("--strict")) {
                policy = strict();
            } else {
                anchors.add(arg);
            }
        }
        CommonTrustedCertificateSource trusted = trusted(anchors.toArray(new String[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String file = in.readLine(); file != null; file = in.readLine()) {
            String[] parts = (file + "\t\t").split("\t", -1);
            boolean encrypted = file.indexOf('\t') >= 0 && (file.indexOf('\t') == file.lastIndexOf('\t') || !parts[1].isEmpty());
            System.out.println(judge(parts[0], encrypted ? parts[1] : null, parts[2], trusted));
            System.out.flush();
        }
    }

    static CommonTrustedCertificateSource trusted(String[] files) {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        for (String file : files) {
            trusted.addCertificate(DSSUtils.loadCertificate(new File(file)));
        }
        return trusted;
    }

    /** The policy that comes with DSS, with no grace for algorithms that end after its last update. */
    static ValidationPolicy strict() throws Exception {
        ConstraintsParameters constraints = ValidationPolicyFacade.newFacade().unmarshall(
            ValidationPolicyFacade.class.getResourceAsStream("/policy/constraint.xml"));
        constraints.getCryptographic().getAlgoExpirationDate().setLevelAfterUpdate(Level.FAIL);
        return new EtsiValidationPolicy(constraints);
    }

    static String judge(String file, String password, String at, CommonTrustedCertificateSource trusted) {
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
            validator.setCertificateVerifier(verifier(trusted));
            ((PDFDocumentValidator) validator).setPdfObjFactory(new PdfBoxNativeObjectFactory());
            if (password != null) {
                ((PDFDocumentValidator) validator).setPasswordProtection(password.toCharArray());
            }
            if (!at.isEmpty()) {
                validator.setValidationTime(new Date(Long.parseLong(at) * 1000));
            }
            Reports reports = policy == null ? validator.validateDocument() : validator.validateDocument(policy);
            return report(file, reports.getSimpleReport(), reports.getDiagnosticData());
        } catch (Exception | LinkageError e) {
            return "{\"file\":" + quoted(file) + ",\"error\":" + quoted(e) + "}";
        }
    }

    static CommonCertificateVerifier verifier(CommonTrustedCertificateSource trusted) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        if (offline) {
            verifier.setAIASource(null);
            verifier.setOcspSource(null);
            verifier.setCrlSource(null);
            return verifier;
        }
        CommonsDataLoader loader = new CommonsDataLoader();
        verifier.setAIASource(new DefaultAIASource(loader));
        verifier.setOcspSource(new OnlineOCSPSource(new OCSPDataLoader()));
        verifier.setCrlSource(new OnlineCRLSource(loader));
        return verifier;
    }

    static String report(String file, SimpleReport report, DiagnosticData data) {
        StringJoiner signatures = new StringJoiner(",");
        for (String id : report.getSignatureIdList()) {
            StringJoiner stamps = new StringJoiner(",");
            for (XmlTimestamp stamp : report.getSignatureTimestamps(id)) {
                stamps.add("{\"type\":" + quoted(data.getTimestampById(stamp.getId()).getType())
                    + ",\"time\":" + quoted(stamp.getProductionTime().toInstant())
                    + ",\"indication\":" + quoted(stamp.getIndication())
                    + ",\"sub_indication\":" + quoted(stamp.getSubIndication())
                    + ",\"errors\":" + messages(report.getAdESValidationErrors(stamp.getId())) + "}");
            }
            signatures.add("{\"level\":" + quoted(report.getSignatureFormat(id))
                + ",\"indication\":" + quoted(report.getIndication(id))
                + ",\"sub_indication\":" + quoted(report.getSubIndication(id))
                + ",\"errors\":" + messages(report.getAdESValidationErrors(id))
                + ",\"warnings\":" + messages(report.getAdESValidationWarnings(id))
                + ",\"timestamps\":[" + stamps + "]"
                + ",\"overlaps\":" + data.getSignatureById(id).getPdfAnnotationsOverlapConcernedPages()
                + ",\"changes\":" + changes(data.getSignatureById(id)) + "}");
        }
        return "{\"file\":" + quoted(file) + ",\"valid\":" + report.getValidSignaturesCount()
            + ",\"signatures\":[" + signatures + "]}";
    }

    /** What the revisions behind a signature change, beyond more signatures and evidence. */
    static String changes(SignatureWrapper signature) {
        StringJoiner out = new StringJoiner(",", "[", "]");
        signature.getPdfAnnotationChanges().forEach(c -> out.add(quoted("annotation: " + c.getValue())));
        signature.getPdfUndefinedChanges().forEach(c -> out.add(quoted("undefined: " + c.getValue())));
        signature.getPdfVisualDifferenceConcernedPages().forEach(p -> out.add(quoted("page " + p + " looks different")));
        signature.getPdfPageDifferenceConcernedPages().forEach(p -> out.add(quoted("page " + p + " added or removed")));
        return out.toString();
    }

    static String messages(List<Message> list) {
        StringJoiner out = new StringJoiner(",", "[", "]");
        list.forEach(message -> out.add(quoted(message.getValue())));
        return out.toString();
    }

    static String quoted(Object value) {
        if (value == null) {
            return "null";
        }
        String text = value instanceof Enum ? ((Enum<?>) value).name() : value.toString();
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < 0x20 || c == '"' || c == '\\') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
