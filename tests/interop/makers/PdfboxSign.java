import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;

import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSArray;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;

/**
 * Signs PDF files with PDFBox the way its users do who follow its examples: adbe.pkcs7.detached, a CMS that Bouncy
 * Castle makes with its own choice of signed attributes (no ESSCertIDv2), at level t with a timestamp among the
 * unsigned ones. KIND is "certified" (the document's first signature, DocMDP with P 2, as the example has it by
 * default) or "plain".
 */
public class PdfboxSign extends Maker {
    public static void main(String[] args) throws Exception {
        new PdfboxSign(args).serve();
    }

    PdfboxSign(String[] args) throws Exception {
        super(args);
    }

    @Override
    void sign(File in, File out, boolean stamped, String kind) throws Exception {
        try (PDDocument document = Loader.loadPDF(in); SignatureOptions options = new SignatureOptions();
             FileOutputStream stream = new FileOutputStream(out)) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
            signature.setName("A maker of the tests");
            signature.setReason("To be raised");
            signature.setSignDate(Calendar.getInstance());
            if (kind.equals("certified")) {
                certify(document, signature);
            }
            options.setPreferredSignatureSize(24576);
            document.addSignature(signature, content -> cms(content, stamped), options);
            document.saveIncremental(stream);
        }
    }

    /** The signature as the catalog's /DocMDP that permits filling in forms. */
    private static void certify(PDDocument document, PDSignature signature) {
        COSDictionary parameters = new COSDictionary();
        parameters.setItem(COSName.TYPE, COSName.getPDFName("TransformParams"));
        parameters.setInt(COSName.P, 2);
        parameters.setName(COSName.V, "1.2");
        COSDictionary reference = new COSDictionary();
        reference.setItem(COSName.TYPE, COSName.getPDFName("SigRef"));
        reference.setItem("TransformMethod", COSName.DOCMDP);
        reference.setItem("TransformParams", parameters);
        COSArray references = new COSArray();
        references.add(reference);
        signature.getCOSObject().setItem("Reference", references);

        COSDictionary catalog = document.getDocumentCatalog().getCOSObject();
        COSDictionary permissions = new COSDictionary();
        permissions.setItem(COSName.DOCMDP, signature);
        catalog.setItem(COSName.PERMS, permissions);
        catalog.setNeedToBeUpdated(true);
    }

    private byte[] cms(InputStream content, boolean stamped) throws IOException {
        try {
            String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build()).build(
                    new JcaContentSignerBuilder(algorithm).build(key), (X509Certificate) chain[0]));
            generator.addCertificates(new JcaCertStore(Arrays.asList(chain)));
            CMSSignedData made = generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false);
            return (stamped ? withTimestamp(made) : made).getEncoded();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private CMSSignedData withTimestamp(CMSSignedData made) throws Exception {
        SignerInformation signer = made.getSignerInfos().iterator().next();
        Attribute token = new Attribute(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken,
                                        new DERSet(ASN1Primitive.fromByteArray(timestamp(signer.getSignature()))));
        AttributeTable unsigned = new AttributeTable(new DERSet(token));
        SignerInformation with = SignerInformation.replaceUnsignedAttributes(signer, unsigned);
        return CMSSignedData.replaceSigners(made, new SignerInformationStore(List.of(with)));
    }

    /** The timestamp server's token over those bytes. */
    private byte[] timestamp(byte[] data) throws Exception {
        TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        TimeStampRequest request = generator.generate(NISTObjectIdentifiers.id_sha256,
            MessageDigest.getInstance("SHA-256").digest(data), new BigInteger(64, new SecureRandom()));
        HttpURLConnection connection = (HttpURLConnection) URI.create(tsa).toURL().openConnection();
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/timestamp-query");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(request.getEncoded());
        }
        try (InputStream in = connection.getInputStream()) {
            TimeStampResponse response = new TimeStampResponse(in);
            response.validate(request);
            return response.getTimeStampToken().getEncoded();
        }
    }
}
