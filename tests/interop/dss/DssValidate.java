import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.pdf.pdfbox.PdfBoxNativeObjectFactory;
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
import java.util.List;
import java.util.StringJoiner;

/**
 * Validates PDF files with EU DSS: DssValidate TRUST.pem... , the files one a line on standard input,
 * with a tab and the password behind an encrypted one.
 * One line of JSON a file, in the same order, as soon as it is judged; revocation data is fetched from
 * where the certificates say. Exits 0 unless it cannot work at all: the judgement is in the lines.
 */
public class DssValidate {
    public static void main(String[] anchors) throws Exception {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        for (String file : anchors) {
            trusted.addCertificate(DSSUtils.loadCertificate(new File(file)));
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String file = in.readLine(); file != null; file = in.readLine()) {
            String[] parts = file.split("\t", 2);
            System.out.println(judge(parts[0], parts.length > 1 ? parts[1] : null, trusted));
            System.out.flush();
        }
    }

    static String judge(String file, String password, CommonTrustedCertificateSource trusted) {
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
            validator.setCertificateVerifier(verifier(trusted));
            ((PDFDocumentValidator) validator).setPdfObjFactory(new PdfBoxNativeObjectFactory());
            if (password != null) {
                ((PDFDocumentValidator) validator).setPasswordProtection(password.toCharArray());
            }
            Reports reports = validator.validateDocument();
            return report(file, reports.getSimpleReport(), reports.getDiagnosticData());
        } catch (Exception | LinkageError e) {
            return "{\"file\":" + quoted(file) + ",\"error\":" + quoted(e) + "}";
        }
    }

    static CommonCertificateVerifier verifier(CommonTrustedCertificateSource trusted) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        CommonsDataLoader loader = new CommonsDataLoader();
        verifier.setTrustedCertSources(trusted);
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
                stamps.add("{\"indication\":" + quoted(stamp.getIndication()) + "}");
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
